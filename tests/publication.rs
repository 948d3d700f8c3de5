//! What git shows of databases decides which side moves: real histories, real Alembic.
#![allow(
    clippy::disallowed_methods,
    reason = "tests write the files they are about and start programs"
)]

#[path = "publication/story.rs"]
mod story;

#[path = "publication/landing.rs"]
mod landing;
#[path = "publication/lineages.rs"]
mod lineages;
#[path = "publication/situations.rs"]
mod situations;
#[path = "publication/stories.rs"]
mod stories;
#[path = "publication/surroundings.rs"]
mod surroundings;
