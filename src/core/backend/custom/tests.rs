use super::*;
use crate::core::{
    backend::{Fate, Grant},
    error::Problem,
    secret::Secret,
};

const URL: &str = "https://api.example.com/auth/";

fn tokens() -> Tokens {
    Tokens::pair("a\"1", "r&2")
}

fn refreshing(call: Call) -> HttpRequest {
    CustomBackend::new(URL).unwrap().refresh_by(call, Answers::new("access")).unwrap().refresh(&tokens())
}

fn read(answers: Answers, status: u16, body: &str) -> Outcome {
    let call = Call::post("refresh").json(r#"{"token":"{refresh}"}"#);
    CustomBackend::new(URL).unwrap().refresh_by(call, answers).unwrap().read_refresh(&HttpAnswer::new(status, body))
}

fn granted(outcome: Outcome) -> Grant {
    match outcome {
        Outcome::Granted(grant) => grant,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_token_is_written_as_its_place_demands() {
    let request = refreshing(
        Call::post("refresh?t={refresh}&a={access}")
            .header("Authorization", "Bearer {refresh}")
            .json(r#"{"access":"{access}","refresh":"{refresh}","of":{"kind":"{}"}}"#),
    );
    assert_eq!(request.url.expose(), "https://api.example.com/auth/refresh?t=r%262&a=a%221");
    let authorization = request.headers.iter().find(|(name, _)| name == "Authorization").unwrap();
    assert_eq!(authorization.1.expose(), "Bearer r&2");
    assert_eq!(request.body.unwrap().expose(), r#"{"access":"a\"1","refresh":"r&2","of":{"kind":"{}"}}"#);
    let form = refreshing(Call::post("refresh").form("grant_type=refresh&token={refresh}"));
    assert_eq!(form.body.unwrap().expose(), "grant_type=refresh&token=r%262");
}

#[test]
fn s4_what_a_request_carries_is_not_shown() {
    let call = Call::get("update?token={refresh}").header("X-Key", "client-secret");
    let shown = format!("{:?} {:?}", refreshing(call.clone()), call);
    assert!(!shown.contains("r%262") && !shown.contains("client-secret"), "{shown}");
}

#[test]
fn paths_are_below_the_url_and_whole_urls_are_their_own() {
    let url = |base: &str, path: &str| {
        let call = Call::get(path).header("Authorization", "Bearer {refresh}");
        let backend = CustomBackend::new(base).unwrap().refresh_by(call, Answers::new("access")).unwrap();
        backend.refresh(&tokens()).url.expose().to_owned()
    };
    assert_eq!(url("https://api.example.com/auth", "refresh"), "https://api.example.com/auth/refresh");
    assert_eq!(url("https://api.example.com/auth?v=1", "r?x=2"), "https://api.example.com/auth/r?x=2&v=1");
    assert_eq!(url(URL, ""), URL);
    assert_eq!(url(URL, "https://id.example.com/refresh"), "https://id.example.com/refresh");
}

#[test]
fn q1_every_endpoint_that_tokens_go_to_is_named() {
    let call = Call::post("http://id.example.com/refresh?t={refresh}");
    let backend = CustomBackend::new(URL).unwrap().refresh_by(call, Answers::new("access")).unwrap();
    let others: Vec<&str> = backend.other_endpoints().iter().map(Endpoint::url).collect();
    assert_eq!(others, ["http://id.example.com/refresh?t="]);
}

#[test]
fn credentials_are_sent_as_json_or_as_a_form() {
    let sign_in = |call: Call| {
        let backend = CustomBackend::new(URL).unwrap().sign_in_by(call, Answers::new("access")).unwrap();
        let credentials = Credentials::from_json(r#"{"username":"d&d","remember":true,"none":null}"#).unwrap();
        backend.sign_in(&credentials).unwrap().body.unwrap().expose().to_owned()
    };
    let whole = r#"{"username":"d&d","remember":true,"none":null}"#;
    assert_eq!(sign_in(Call::post("login").json("{credentials}")), whole);
    assert_eq!(sign_in(Call::post("login").json(r#"{"user":{credentials}}"#)), format!(r#"{{"user":{whole}}}"#));
    let form = "grant_type=password&username=d%26d&remember=true";
    assert_eq!(sign_in(Call::post("login").form("grant_type=password&{credentials}")), form);
}

#[test]
fn sign_out_needs_what_it_sends() {
    let backend = CustomBackend::new(URL).unwrap();
    assert!(backend.sign_out(&tokens()).is_none());
    let revoking = backend.sign_out_by(Call::post("logout").json(r#"{"refresh":"{refresh}"}"#)).unwrap();
    assert!(revoking.sign_out(&tokens()).is_some());
    assert!(revoking.sign_out(&Tokens { refresh: None, ..tokens() }).is_none());
}

#[test]
fn tokens_are_found_by_their_paths() {
    let answers = Answers::new("data.token").refresh("data.next.refresh").expires_in("expires");
    let grant = granted(read(answers, 200, r#"{"data":{"token":"t","next":{"refresh":"r"}},"expires":"60"}"#));
    assert_eq!(grant.access, Some("t".into()));
    assert_eq!((grant.refresh, grant.lifetime), (Some("r".into()), Some(60.0)));
    let missing = granted(read(Answers::new("data.token"), 200, r#"{"data":"t","token":"t"}"#));
    assert_eq!(missing.access, None, "R3: judged by the machine, after its refresh token is stored");
}

#[test]
fn r7_an_envelope_says_whether_a_200_is_a_success() {
    let answers =
        || Answers::new("data").success("code", &["0"]).rejected(When::status(200).at("code").is(&["1003", "gone"]));
    assert!(matches!(read(answers(), 200, r#"{"code":0,"data":"t"}"#), Outcome::Granted(_)));
    for code in ["1003", "\"1003\"", "\"gone\""] {
        let outcome = read(answers(), 200, &format!(r#"{{"code":{code},"data":null}}"#));
        assert!(matches!(outcome, Outcome::Rejected { status: 200 }), "{code}");
    }
    for body in [r#"{"code":7}"#, "{}", r#"{"code":null}"#] {
        let outcome = read(answers(), 200, body);
        assert!(matches!(outcome, Outcome::Transient { fate: Fate::Unknown, .. }), "{body}");
    }
    assert!(matches!(read(answers(), 200, "<html>"), Outcome::Transient { fate: Fate::AnswerLost, .. }));
}

#[test]
fn r7_rules_say_what_a_refusal_means() {
    let answers = || {
        Answers::new("access")
            .rejected(When::status(403))
            .rejected(When::status(401).any_body())
            .transient(When::status(400).at("error").is(&["busy"]))
            .invalid_client(When::status(400).at("error").is(&["client"]))
            .invalid_request(When::statuses(&[400, 422]))
    };
    let read = |status, body| read(answers(), status, body);
    assert!(matches!(read(403, r#"{"detail":"used"}"#), Outcome::Rejected { status: 403 }));
    assert!(matches!(read(403, "<html>Forbidden</html>"), Outcome::Transient { .. }), "a firewall's page");
    assert!(matches!(read(401, ""), Outcome::Rejected { status: 401 }));
    assert!(matches!(read(400, r#"{"error":"busy"}"#), Outcome::Transient { fate: Fate::Unspent, .. }));
    assert!(matches!(read(400, r#"{"error":"client"}"#), Outcome::Misconfigured(Problem::InvalidClient)));
    assert!(matches!(read(422, "{}"), Outcome::Misconfigured(Problem::InvalidRequest)));
    assert!(matches!(read(503, r#"{"detail":"used"}"#), Outcome::Transient { .. }));
}

#[test]
fn wrong_credentials_are_refused_without_a_rule() {
    let read = |answers: Answers, status, body| {
        let call = Call::post("login").json("{credentials}");
        let backend = CustomBackend::new(URL).unwrap().sign_in_by(call, answers).unwrap();
        backend.read_sign_in(&HttpAnswer::new(status, body))
    };
    for status in [400, 401, 403, 422] {
        assert!(matches!(read(Answers::new("access"), status, "{}"), Outcome::Rejected { .. }), "{status}");
    }
    assert!(matches!(read(Answers::new("access"), 401, "<html>"), Outcome::Transient { .. }));
    let envelope = Answers::new("data").success("code", &["0"]);
    assert!(matches!(read(envelope.clone(), 200, r#"{"code":1000}"#), Outcome::Rejected { status: 200 }));
    assert!(matches!(read(envelope, 200, r#"{"code":0,"data":"t"}"#), Outcome::Granted(_)));
}

#[test]
fn a_description_that_makes_no_sense_is_refused_by_name() {
    let refused = |call: Call| {
        let refused = CustomBackend::new(URL).unwrap().refresh_by(call, Answers::new("access"));
        match refused.unwrap_err() {
            Error::InvalidOption { field: "refresh", problem } => problem,
            other => panic!("{other:?}"),
        }
    };
    let bearer = |call: Call| call.header("Authorization", "Bearer {refresh}");
    assert_eq!(refused(Call::post("refresh")), OptionError::NoToken);
    assert_eq!(refused(bearer(Call::post("refresh").json(r#"{"a":"{token}"}"#))), OptionError::Placeholder);
    assert_eq!(refused(bearer(Call::post("refresh").json(r#"{"a":"{credentials}"}"#))), OptionError::Placeholder);
    assert_eq!(refused(Call::post("refresh").json(r#"{"a":{refresh}}"#)), OptionError::NotJson);
    assert_eq!(refused(bearer(Call::post("refresh").method("GE T"))), OptionError::NotAHeader);
    assert_eq!(refused(bearer(Call::post("refresh").header("X", "a\nb"))), OptionError::NotAHeader);
    assert_eq!(refused(bearer(Call::post("ftp://api.example.com/"))), OptionError::NotAUrl);
    let sign_in = CustomBackend::new(URL).unwrap().sign_in_by(Call::post("{refresh}"), Answers::new("access"));
    assert!(matches!(sign_in, Err(Error::InvalidOption { field: "signIn", problem: OptionError::Placeholder })));
}

/// What the npm package hands over reads like what is built here.
#[test]
fn compiled_texts_are_the_same_description() {
    let built = CustomBackend::new(URL)
        .unwrap()
        .sign_in_by(
            Call::post("login").form("{credentials}"),
            Answers::new("data").success("code", &["0"]).rejected(When::status(200).at("code").is(&["1000", "1001"])),
        )
        .unwrap()
        .refresh_by(
            Call::post("refresh").header("x-a", "1").header("x-b", "{access}").json(r#"{"t":"{refresh}"}"#),
            Answers::new("data.token")
                .refresh("data.next")
                .expires_in("in")
                .id_token("id")
                .rejected(When::statuses(&[401, 403]).any_body())
                .transient(When::status(400).at("error").is(&["busy"]))
                .invalid_client(When::status(400).at("client"))
                .invalid_request(When::status(422)),
        )
        .unwrap();
    let texts = [
        URL,
        "POST\nhttps://api.example.com/auth/login\nform\n{credentials}\nContent-Type\napplication/x-www-form-urlencoded",
        "data\t\t\t\tcode\t0\nr200\tcode\t1000\t1001\nr400401403422\t\nr200\t",
        "POST\nhttps://api.example.com/auth/refresh\n\n{\"t\":\"{refresh}\"}\nx-a\n1\nx-b\n{access}\nContent-Type\napplication/json",
        "data.token\tdata.next\tin\tid\nR401403\t\nt400\terror\tbusy\nc400\tclient\ni422\t",
        "",
    ];
    let compiled = CustomBackend::compiled(texts.into_iter().map(Secret::from));
    let without_others = CustomBackend { others: Vec::new(), ..built };
    // `Debug` hides what may hold secrets; what is sent shows it.
    assert_eq!(format!("{compiled:?}"), format!("{without_others:?}"));
    let sent = |backend: &CustomBackend| {
        let request = backend.refresh(&tokens());
        let headers: Vec<String> = request.headers.iter().map(|(name, value)| name.clone() + value.expose()).collect();
        (request.url.expose().to_owned(), headers, request.body.map(|body| body.expose().to_owned()))
    };
    assert_eq!(sent(&compiled), sent(&without_others));
}
