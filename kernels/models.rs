// Every compiled model: its name, its type here, and the neuron whose equations it has. One line adds one.
models! {
    "lif" Lif: Lif,
    "glif3" Glif3: Glif3,
    "glif3-forced" Glif3Forced: Forced<Glif3>,
    "gif" Gif: Gif,
    "gif-forced" GifForced: Forced<Gif>,
    "gif-paper" GifPaper: GifPaper,
    "hh-pospischil" HhPospischil: HhPospischil,
    "hh-traub" HhTraub: HhTraub,
    "hh-paper" HhPaper: HhPaper,
}
