//! Writes a generated history: `generate SHAPE SIZE DIRECTORY`.

use std::path::Path;

use rechain_testing::generated::{Shape, write};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [shape, size, directory] = arguments.as_slice() else {
        return Err("usage: generate SHAPE SIZE DIRECTORY".into());
    };
    let shape = Shape::named(shape).ok_or("no such shape")?;
    Ok(write(Path::new(directory), shape, size.parse()?)?)
}
