"""A FastAPI application that records what arrives and lets the tests steer it."""

import asyncio

from fastapi import Body, FastAPI
from fastapi.middleware.cors import CORSMiddleware

from common.record import Record


def application(refresh_path, path_of=lambda request: request.url.path, expose=()):
    """`path_of` is the name under which a request is recorded, `expose` the headers that pages may read."""
    app = FastAPI()
    record = Record(refresh_path)

    @app.middleware("http")
    async def recorded(request, call_next):
        if request.url.path.startswith("/test/"):
            return await call_next(request)
        arrival = record.arrived(request.method, path_of(request), request.headers.get("authorization"))
        response = await call_next(request)
        await asyncio.sleep(record.answered(arrival, response.status_code))
        return response

    @app.get("/test/arrivals/")
    def arrivals():
        return record.arrivals()

    @app.post("/test/delay/")
    def delay(refresh_ms: int = Body(embed=True)):
        record.delay_refreshes(refresh_ms)
        return {}

    @app.post("/test/reset/")
    def reset():
        record.reset()
        return {}

    # Outermost, as the framework's own tutorial has it: preflights are not recorded.
    app.add_middleware(
        CORSMiddleware, allow_origins=["*"], allow_methods=["*"], allow_headers=["*"], expose_headers=list(expose)
    )
    return app
