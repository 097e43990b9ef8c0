//! The client against a server that says whatever it is told to.

mod batch;
mod discovery;
mod evaluation;
mod search;
mod server;

use serde_json::{Value, json};

use crate::{Action, Client, Request, Resource, Subject};
use server::Server;

fn client(server: &Server) -> Client {
    Client::new(&server.url).unwrap()
}

fn question() -> Request {
    Request::new(Subject::new("Person", "p-1"), Action::new("read"), Resource::new("Matter", "m-1"))
}

fn asked() -> Value {
    json!({"subject": {"type": "Person", "id": "p-1"}, "action": {"name": "read"},
        "resource": {"type": "Matter", "id": "m-1"}})
}
