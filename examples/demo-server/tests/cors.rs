//! Pages of other origins, such as those of a development server.

use evertoken_demo_server::{Config, DemoServer};
use reqwest::{Method, StatusCode};

#[tokio::test]
async fn pages_of_any_origin_may_use_the_api() {
    let server = DemoServer::start(Config::default()).await.unwrap();
    let ask = |method| {
        let url = format!("http://{}/api/protected/", server.address());
        reqwest::Client::new().request(method, url).header("origin", "http://localhost:5173")
    };
    let headers = "authorization,content-type";
    let preflight = ask(Method::OPTIONS)
        .header("access-control-request-method", "POST")
        .header("access-control-request-headers", headers);
    let permission = preflight.send().await.unwrap();
    assert_eq!(permission.headers()["access-control-allow-origin"], "*");
    assert_eq!(permission.headers()["access-control-allow-headers"], headers);
    let refused = ask(Method::GET).send().await.unwrap();
    assert_eq!(
        (refused.status(), &refused.headers()["access-control-allow-origin"]),
        (StatusCode::UNAUTHORIZED, &"*".parse().unwrap())
    );
    server.shutdown().await;
}
