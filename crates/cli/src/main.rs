//! The `rechain` program.

fn main() -> std::process::ExitCode {
    rechain::main()
}
