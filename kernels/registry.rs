// This list has every compiled cell: its name in configs and checkpoints, its type in `kernels::registry`, the neuron
// with or without receptors whose equations it has, and the uses that it is compiled for. A line adds a cell. Building
// takes a dozen seconds for the scans of a cell, less than one for the steps of a simulated network, and two for
// training; all trainable cells share one module for graphics processors.
cells! {
    "lif" Lif: Lif => scan | network;
    "lif-forced" LifForced: Forced<Lif> => scan;
    "glif3" Glif3: Glif3 => scan | network;
    "glif3-forced" Glif3Forced: Forced<Glif3> => scan;
    "gif" Gif: Gif => scan;
    "gif-forced" GifForced: Forced<Gif> => scan;
    "gif-paper" GifPaper: GifPaper => scan;
    "hh-pospischil" HhPospischil: HhPospischil => scan;
    "hh-traub" HhTraub: HhTraub => scan;
    "hh-paper" HhPaper: HhPaper => scan;
    "hh-cortical" HhCortical: HhCortical => scan;
    "hh-cortical-coupled" HhCorticalCoupled: Coupled<HhCortical> => scan;
    "lif-cond-exp" LifCondExp: Conductances<Lif, Exponential> => network | train;
    "lif-cond-alpha" LifCondAlpha: Conductances<Lif, Alpha> => network;
    "lif-cond-beta" LifCondBeta: Conductances<Lif, Biexponential> => network;
    "lif-psc-exp" LifPscExp: Currents<Lif, Exponential> => network | train;
    "lif-psc-alpha" LifPscAlpha: Currents<Lif, Alpha> => network;
    "lif-transmitters" LifTransmitters: Transmitters<Lif> => network;
    "glif3-cond-exp" Glif3CondExp: Conductances<Glif3, Exponential> => network | train;
    "glif3-psc-exp" Glif3PscExp: Currents<Glif3, Exponential> => network;
    "glif3-psc-alpha" Glif3PscAlpha: Currents<Glif3, Alpha> => network;
    "gif-cond-exp" GifCondExp: Conductances<Gif, Exponential> => network | train;
    "gif-psc-exp" GifPscExp: Currents<Gif, Exponential> => network;
    "gif-transmitters" GifTransmitters: Transmitters<Gif> => network;
    "gif-paper-cond-exp" GifPaperCondExp: Conductances<GifPaper, Exponential> => network;
    "gif-network" GifNetworkCond: gif_network::WithSynapses => network | train;
    "eprop-iaf" EpropIafCell: EpropIaf => network | train;
    "leaky-readout" Readout: LeakyReadout => network | train;
    "hh-traub-cond-exp" HhTraubCondExp: Conductances<HhTraub, Exponential> => network;
    "hh-pospischil-cond-exp" HhPospischilCondExp: Conductances<HhPospischil, Exponential> => network;
}
