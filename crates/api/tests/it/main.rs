//! The interface of a node from outside: a real server, a real store, a test clock.

mod auth;
mod common;
mod openapi;
mod policies;
