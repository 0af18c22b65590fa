// Every neuron compiled with its receptors, for networks: its name, its type here, and its equations. Only the forward
// step is compiled of them, so one costs a few seconds of building, a line in `models.rs` a dozen. One line adds one.
cells! {
    "lif-cond-exp" LifCondExp: Conductances<Lif, Exponential>,
    "lif-cond-alpha" LifCondAlpha: Conductances<Lif, Alpha>,
    "lif-cond-beta" LifCondBeta: Conductances<Lif, Biexponential>,
    "lif-psc-exp" LifPscExp: Currents<Lif, Exponential>,
    "lif-psc-alpha" LifPscAlpha: Currents<Lif, Alpha>,
    "lif-transmitters" LifTransmitters: Transmitters<Lif>,
    "glif3-cond-exp" Glif3CondExp: Conductances<Glif3, Exponential>,
    "glif3-psc-exp" Glif3PscExp: Currents<Glif3, Exponential>,
    "glif3-psc-alpha" Glif3PscAlpha: Currents<Glif3, Alpha>,
    "gif-cond-exp" GifCondExp: Conductances<Gif, Exponential>,
    "gif-psc-exp" GifPscExp: Currents<Gif, Exponential>,
    "gif-transmitters" GifTransmitters: Transmitters<Gif>,
    "gif-paper-cond-exp" GifPaperCondExp: Conductances<GifPaper, Exponential>,
    "gif-network" GifNetworkCond: gif_network::WithSynapses,
    "leaky-readout" Readout: LeakyReadout,
    "hh-traub-cond-exp" HhTraubCondExp: Conductances<HhTraub, Exponential>,
    "hh-pospischil-cond-exp" HhPospischilCondExp: Conductances<HhPospischil, Exponential>,
}
