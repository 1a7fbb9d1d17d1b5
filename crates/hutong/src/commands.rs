//! One file a command.

pub mod adapter;
pub mod backup;
pub mod demo;
pub mod doctor;
pub mod exception;
pub mod export;
pub mod import;
pub mod init;
pub mod key;
pub mod keys;
pub mod member;
pub mod openapi;
pub mod recognise;
pub mod reconcile;
pub mod restore;
pub mod serve;
pub mod simulate;
pub mod status;
pub mod store;
pub mod template;
pub mod token;
pub mod trust;
pub mod verify;
