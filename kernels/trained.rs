// Every cell that networks can be trained of, by its type in `cells.rs`: its step is also compiled backwards, and for
// graphics processors all are one module. One line adds one, and two seconds of building.
trained! {
    LifCondExp,
    LifPscExp,
    Glif3CondExp,
    GifCondExp,
    GifNetworkCond,
    EpropIafCell,
    Readout,
}
