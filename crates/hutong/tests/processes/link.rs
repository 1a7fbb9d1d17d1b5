//! The line between two nodes: a TCP proxy that can be cut.

use std::net::SocketAddr;
use tokio::{
    net::{TcpListener, TcpStream},
    sync::watch,
};

/// A line to a node that may move.
pub struct Link {
    /// Where the line begins.
    pub url: String,
    state: watch::Sender<State>,
}

#[derive(Debug, Clone, Copy)]
struct State {
    target: Option<SocketAddr>,
    line: Line,
}

/// How the line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Line {
    /// Bytes pass.
    Up,
    /// Connections break off, new ones too.
    Cut,
    /// Connections stay and nothing passes any more; they break off when the line is up again.
    Dead,
}

impl Link {
    /// A line that leads nowhere yet.
    pub async fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let (state, watched) = watch::channel(State { target: None, line: Line::Up });
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(pass(stream, watched.clone()));
            }
        });
        Self { url, state }
    }

    /// Where the line leads from now on; connections break off.
    pub fn lead_to(&self, url: &str) {
        let address = url.trim_start_matches("http://").parse().expect("an address");
        self.state.send_modify(|state| state.target = Some(address));
    }

    /// Sets how the line is.
    pub fn set(&self, line: Line) {
        self.state.send_modify(|state| state.line = line);
    }
}

async fn pass(mut near: TcpStream, mut watched: watch::Receiver<State>) {
    let State { target, line } = *watched.borrow_and_update();
    match (line, target) {
        (Line::Up, Some(target)) => {
            let Ok(mut far) = TcpStream::connect(target).await else { return };
            tokio::select! {
                _ = tokio::io::copy_bidirectional(&mut near, &mut far) => return,
                _ = watched.changed() => {}
            }
            if watched.borrow_and_update().line == Line::Dead {
                let _ = watched.wait_for(|state| state.line != Line::Dead).await;
            }
        }
        (Line::Dead, _) => {
            let _ = watched.wait_for(|state| state.line != Line::Dead).await;
        }
        _ => {}
    }
}
