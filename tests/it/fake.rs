//! The fake Discord's own tests: that a real client runs against it, and that it catches what it should.

mod bodies;
mod gateway;
mod people;
mod playground;
mod raw;
mod responses;
mod smoke;
mod toy;
mod trouble;
