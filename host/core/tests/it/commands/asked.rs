//! Does what it is asked on standard input, for tests.

use std::io::{Read as _, Write as _};

fn main() {
    let mut input = String::new();
    std::io::stdin().read_to_string(&mut input).unwrap();
    let mut out = std::io::stdout();
    if input.contains("echo") {
        print!("{input}");
    } else if input.contains("given") {
        let arguments: Vec<String> = std::env::args().collect();
        let variables: Vec<String> = std::env::vars().map(|(k, v)| format!("{k}={v}")).collect();
        print!("{}; {}", arguments.join(" "), variables.join(" "));
    } else if input.contains("files") {
        let opened = std::fs::File::open("/etc/passwd").is_ok() || std::fs::read_dir(".").is_ok();
        print!("{}", if opened { "files" } else { "no files" });
    } else if input.contains("large") {
        out.write_all(&vec![b'x'; 3 << 20]).unwrap();
    } else if input.contains("flood") {
        while out.write_all(&[b'x'; 4096]).is_ok() {}
    } else if input.contains("loop") {
        loop {
            std::hint::spin_loop();
        }
    } else if input.contains("grow") {
        let mut all = Vec::new();
        loop {
            all.push(vec![1_u8; 1 << 20]);
        }
    } else {
        eprintln!("no such thing");
        std::process::exit(3);
    }
}
