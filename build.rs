//! Lists the articles of `corpus/` so that they can be compiled into the binary as the library.

use std::env;
use std::error::Error;
use std::fmt::Write;
use std::fs;
use std::path::Path;

#[expect(
    clippy::disallowed_methods,
    reason = "a build script is told where it is by its environment"
)]
fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo:rerun-if-changed=corpus");
    let root = env::var("CARGO_MANIFEST_DIR")?;
    let mut files: Vec<String> = fs::read_dir(Path::new(&root).join("corpus"))?
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter(|name| name.ends_with(".md") && !name.starts_with("README"))
        .collect();
    files.sort();
    let mut list = String::from("&[\n");
    for name in files {
        // Where the project stands is asked when the list is compiled: a folder that was moved is not built anew.
        let path = format!("/corpus/{name}");
        writeln!(
            list,
            "    ({name:?}, include_bytes!(concat!(env!(\"CARGO_MANIFEST_DIR\"), {path:?}))),"
        )?;
    }
    list.push_str("]\n");
    fs::write(Path::new(&env::var("OUT_DIR")?).join("library.rs"), list)?;
    Ok(())
}
