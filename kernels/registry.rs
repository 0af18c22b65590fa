// This list has every compiled cell: its name in configs and checkpoints, its type in `kernels::registry`, the neuron
// with or without receptors whose equations it has, and the uses that it is compiled for. A line adds a cell. Building
// takes a dozen seconds for the scans of a cell, less than one for the steps of a simulated network, and two for
// training; all trainable cells share one module for graphics processors.
cells! {
    "lif" Lif: Lif => scan | network;
    "lif-forced" LifForced: Forced<Lif> => scan;
    "glif1" Glif1: Glif1 => scan | network;
    "glif1-forced" Glif1Forced: Forced<Glif1> => scan;
    "glif2" Glif2: Glif2 => scan | network;
    "glif2-forced" Glif2Forced: Forced<Glif2> => scan;
    "glif3" Glif3: Glif3 => scan | network;
    "glif3-forced" Glif3Forced: Forced<Glif3> => scan;
    "glif4" Glif4: Glif4 => scan | network;
    "glif4-forced" Glif4Forced: Forced<Glif4> => scan;
    "glif5" Glif5: Glif5 => scan | network;
    "glif5-forced" Glif5Forced: Forced<Glif5> => scan;
    "gif" Gif: Gif => scan;
    "gif-forced" GifForced: Forced<Gif> => scan;
    "gif-paper" GifPaper: GifPaper => scan;
    "hh-pospischil" HhPospischil: HhPospischil => scan;
    "hh-traub" HhTraub: HhTraub => scan;
    "hh-paper" HhPaper: HhPaper => scan;
    "hh-cortical" HhCortical: HhCortical => scan;
    "hh-cortical-coupled" HhCorticalCoupled: Coupled<HhCortical> => scan;
    "hh-1952" Hh1952: Hh1952 => scan;
    "hh-pospischil-ca" HhPospischilCa: HhPospischilCa => scan;
    "adex" AdEx: AdEx => scan;
    "izhikevich-2003" Izhikevich2003: Izhikevich2003 => scan;
    "izhikevich-2007" Izhikevich2007: Izhikevich2007 => scan;
    "lif-cond-exp" LifCondExp: Conductances<Lif, Exponential> => network | train;
    "lif-cond-alpha" LifCondAlpha: Conductances<Lif, Alpha> => network;
    "lif-cond-beta" LifCondBeta: Conductances<Lif, Biexponential> => network;
    "lif-psc-exp" LifPscExp: Currents<Lif, Exponential> => network | train;
    "lif-psc-alpha" LifPscAlpha: Currents<Lif, Alpha> => network;
    "lif-transmitters" LifTransmitters: Transmitters<Lif> => network;
    "glif1-psc-alpha" Glif1PscAlpha: Currents<Glif1, Alpha> => network;
    "glif1-cond-exp" Glif1CondExp: Conductances<Glif1, Exponential> => network;
    "glif2-psc-alpha" Glif2PscAlpha: Currents<Glif2, Alpha> => network;
    "glif2-cond-exp" Glif2CondExp: Conductances<Glif2, Exponential> => network;
    "glif3-cond-exp" Glif3CondExp: Conductances<Glif3, Exponential> => network | train;
    "glif3-psc-exp" Glif3PscExp: Currents<Glif3, Exponential> => network;
    "glif3-psc-alpha" Glif3PscAlpha: Currents<Glif3, Alpha> => network;
    "glif4-psc-alpha" Glif4PscAlpha: Currents<Glif4, Alpha> => network;
    "glif4-cond-exp" Glif4CondExp: Conductances<Glif4, Exponential> => network | train;
    "glif5-psc-alpha" Glif5PscAlpha: Currents<Glif5, Alpha> => network;
    "glif5-cond-exp" Glif5CondExp: Conductances<Glif5, Exponential> => network | train;
    "gif-cond-exp" GifCondExp: Conductances<Gif, Exponential> => network | train;
    "gif-psc-exp" GifPscExp: Currents<Gif, Exponential> => network;
    "gif-transmitters" GifTransmitters: Transmitters<Gif> => network;
    "gif-paper-cond-exp" GifPaperCondExp: Conductances<GifPaper, Exponential> => network;
    "gif-network" GifNetworkCond: gif_network::WithSynapses => network | train;
    "eprop-iaf" EpropIafCell: EpropIaf => network | train;
    "leaky-readout" Readout: LeakyReadout => network | train;
    "hh-traub-cond-exp" HhTraubCondExp: Conductances<HhTraub, Exponential> => network;
    "hh-pospischil-cond-exp" HhPospischilCondExp: Conductances<HhPospischil, Exponential> => network;
    "hh-1952-cond-exp" Hh1952CondExp: Conductances<Hh1952, Exponential> => network;
    "adex-cond-exp" AdExCondExp: Conductances<AdEx, Exponential> => network;
    "izhikevich-2003-cond-exp" Izhikevich2003CondExp: Conductances<Izhikevich2003, Exponential> => network;
    "izhikevich-2007-cond-exp" Izhikevich2007CondExp: Conductances<Izhikevich2007, Exponential> => network;
}
