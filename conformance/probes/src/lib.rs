//! Guests that misbehave, one file each, to see that the host holds. Beside
//! each stands the same probe in Lua, where Lua can say it; both must end the
//! same way.
//!
//! Probes of calls are tools, named as their file with `_` for `-`. Probes of
//! scans are chosen by the setting `probe`, which is the file's name.

#![allow(clippy::unnecessary_wraps, reason = "all probes are called alike")]

mod probe;

mod ambient;
#[path = "bad-answer.rs"]
mod bad_answer;
mod blab;
#[path = "bucket-flood.rs"]
mod bucket_flood;
#[path = "bulk-fill.rs"]
mod bulk_fill;
mod changing;
mod clock;
#[path = "costly-schema.rs"]
mod costly_schema;
mod crowd;
#[path = "deep-json.rs"]
mod deep_json;
#[path = "deep-recursion.rs"]
mod deep_recursion;
mod describing;
#[path = "doubling-schema.rs"]
mod doubling_schema;
mod echo;
#[path = "endless-documents.rs"]
mod endless_documents;
#[path = "endless-scan.rs"]
mod endless_scan;
mod fetch;
#[path = "got-out.rs"]
mod got_out;
#[path = "handle-flood.rs"]
mod handle_flood;
#[path = "host-call-flood.rs"]
mod host_call_flood;
#[path = "huge-allocation.rs"]
mod huge_allocation;
#[path = "huge-error.rs"]
mod huge_error;
#[path = "huge-line.rs"]
mod huge_line;
#[path = "huge-words.rs"]
mod huge_words;
#[path = "idle-pages.rs"]
mod idle_pages;
#[path = "infinite-loop.rs"]
mod infinite_loop;
mod keep;
#[path = "kv-flood.rs"]
mod kv_flood;
#[path = "log-flood.rs"]
mod log_flood;
#[path = "lying-comparator.rs"]
mod lying_comparator;
#[path = "many-denials.rs"]
mod many_denials;
#[path = "memory-bomb.rs"]
mod memory_bomb;
mod naps;
#[path = "oversized-answer.rs"]
mod oversized_answer;
#[path = "page-bomb.rs"]
mod page_bomb;
#[path = "path-escape.rs"]
mod path_escape;
#[path = "raw-authority.rs"]
mod raw_authority;
mod reach;
#[path = "sleep-forever.rs"]
mod sleep_forever;
mod sleeper;
#[path = "small-steps.rs"]
mod small_steps;
mod sockets;
#[path = "stderr-flood.rs"]
mod stderr_flood;
mod steal;
#[path = "string-doubling.rs"]
mod string_doubling;
#[path = "stuck-checkpoint.rs"]
mod stuck_checkpoint;
#[path = "table-flood.rs"]
mod table_flood;
#[path = "to-and-fro.rs"]
mod to_and_fro;
mod trapping;
#[path = "ungranted-env.rs"]
mod ungranted_env;
#[path = "ungranted-http.rs"]
mod ungranted_http;
#[path = "wide-json.rs"]
mod wide_json;

mod scans;

pub(crate) use probe::probe;

ctx_sdk::export!(
    tools: [
        ambient::Ambient,
        bad_answer::BadAnswer,
        blab::Blab,
        bucket_flood::BucketFlood,
        bulk_fill::BulkFill,
        changing::Changing,
        clock::Clock,
        costly_schema::CostlySchema,
        crowd::Crowd,
        deep_json::DeepJson,
        deep_recursion::DeepRecursion,
        describing::Describing,
        doubling_schema::DoublingSchema,
        echo::Echo,
        fetch::Fetch,
        handle_flood::HandleFlood,
        host_call_flood::HostCallFlood,
        huge_allocation::HugeAllocation,
        huge_error::HugeError,
        huge_line::HugeLine,
        huge_words::HugeWords,
        infinite_loop::InfiniteLoop,
        keep::Keep,
        kv_flood::KvFlood,
        log_flood::LogFlood,
        lying_comparator::LyingComparator,
        many_denials::ManyDenials,
        memory_bomb::MemoryBomb,
        naps::Naps,
        oversized_answer::OversizedAnswer,
        path_escape::PathEscape,
        raw_authority::RawAuthority,
        reach::Reach,
        sleep_forever::SleepForever,
        sleeper::Sleeper,
        small_steps::SmallSteps,
        sockets::Sockets,
        stderr_flood::StderrFlood,
        steal::Steal,
        string_doubling::StringDoubling,
        table_flood::TableFlood,
        trapping::Trapping,
        ungranted_env::UngrantedEnv,
        ungranted_http::UngrantedHttp,
        wide_json::WideJson,
    ],
    connector: scans::Scans,
);
