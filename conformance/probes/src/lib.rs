//! Guests that misbehave, one file each, to see that the host holds. Beside
//! each stands the same probe in Lua; both must end the same way.
//!
//! Probes of calls are tools, named as their file with `_` for `-`. Probes of
//! scans are chosen by the setting `probe`, which is the file's name.

#[path = "bad-answer.rs"]
mod bad_answer;
#[path = "clock.rs"]
mod clock;
#[path = "deep-json.rs"]
mod deep_json;
#[path = "deep-recursion.rs"]
mod deep_recursion;
#[path = "echo.rs"]
mod echo;
#[path = "endless-documents.rs"]
mod endless_documents;
#[path = "endless-scan.rs"]
mod endless_scan;
#[path = "host-call-flood.rs"]
mod host_call_flood;
#[path = "idle-pages.rs"]
mod idle_pages;
#[path = "infinite-loop.rs"]
mod infinite_loop;
#[path = "log-flood.rs"]
mod log_flood;
#[path = "memory-bomb.rs"]
mod memory_bomb;
#[path = "oversized-answer.rs"]
mod oversized_answer;
#[path = "path-escape.rs"]
mod path_escape;
#[path = "sleeper.rs"]
mod sleeper;
#[path = "trapping.rs"]
mod trapping;
#[path = "ungranted-env.rs"]
mod ungranted_env;
#[path = "ungranted-http.rs"]
mod ungranted_http;

mod scans;

ctx_sdk::export!(
    tools: [
        bad_answer::BadAnswer,
        clock::Clock,
        deep_json::DeepJson,
        deep_recursion::DeepRecursion,
        echo::Echo,
        host_call_flood::HostCallFlood,
        infinite_loop::InfiniteLoop,
        log_flood::LogFlood,
        memory_bomb::MemoryBomb,
        oversized_answer::OversizedAnswer,
        path_escape::PathEscape,
        sleeper::Sleeper,
        trapping::Trapping,
        ungranted_env::UngrantedEnv,
        ungranted_http::UngrantedHttp,
    ],
    connector: scans::Scans,
);
