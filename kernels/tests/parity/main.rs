//! These tests compare every kernel on every instruction set with the graph of its equations, evaluated node by node in
//! double precision.

mod accuracy;
mod address_spaces;
mod derivatives;
mod device;
mod host;
mod independence;
mod network;
mod reference;
mod sensitivities;
mod sizes;
mod states;
