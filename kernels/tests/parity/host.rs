//! This module runs the text of device modules on the host: the C++ compiler compiles it with the shims of
//! `tests/shim`, which run the threads of a block as fibers.

use codegen::{Language, NetworkHeader, module};
use kernels::{
    DeviceProgram, Mismatch, Precision,
    device::{Entry, Header, LaunchShape, Queue},
};
use libloading::{Library, Symbol};
use std::{
    cell::{Cell, RefCell},
    collections::HashSet,
    env,
    ffi::{CString, c_char, c_int, c_uint, c_void},
    fs,
    hash::{DefaultHasher, Hash, Hasher},
    mem::offset_of,
    path::{Path, PathBuf},
    process::Command,
};

/// A device that runs the module of one model or of networks in one precision.
pub struct Host {
    library: Library,
    /// Shared memory of a block, bytes.
    pub shared: Cell<usize>,
    /// Whether threads run from the last to the first; results must not depend on their order between two barriers.
    pub reversed: Cell<bool>,
    /// Number of the planted fault that is active; 0 for none.
    pub fault: Cell<i32>,
    /// Entries that were launched, with the shared memory of their blocks, bytes.
    pub launched: RefCell<HashSet<(Entry, u32)>>,
}

// SAFETY: tests use each host from one thread at a time.
unsafe impl Sync for Host {}

/// Returns the first program that runs with `arguments`: that of the environment variable `named`, then `others`.
pub fn program(named: &str, others: &[&str], arguments: &[&str]) -> Option<PathBuf> {
    let named = env::var_os(named).map(PathBuf::from);
    named
        .into_iter()
        .chain(others.iter().map(PathBuf::from))
        .find(|program| Command::new(program).args(arguments).output().is_ok_and(|out| out.status.success()))
}

/// Returns the C++ compiler, which the build script found (`cfg(cxx)`).
pub fn compiler() -> PathBuf {
    program("CXX", &["c++", "g++", "clang++"], &["--version"]).expect("a C++ compiler, as when this was built")
}

const LAUNCH: Name = b"host_launch\0";
const HEADER: Name = b"host_header\0";
type Name = &'static [u8; 12];
type Launch = unsafe extern "C" fn(
    *const c_char,
    *const c_uint,
    *const c_uint,
    usize,
    *mut *mut c_void,
    c_int,
    c_int,
    c_int,
) -> c_int;

impl Host {
    /// Compiles the text of `kernel` after `edit` has changed it.
    pub fn edited<F: Precision>(
        compiler: &Path,
        kernel: &kernels::Cell,
        language: Language,
        edit: impl Fn(String) -> String,
    ) -> Host {
        let text = edit(module(&crate::reference::step(kernel.name), language, F::SINGLE));
        let host = Host::of_text::<F>(compiler, kernel.name, language, text, "");
        host.header_is_ours([size_of::<Header<F>>(), offset_of!(Header<F>, which)]);
        host
    }

    /// Compiles the text of the module of networks.
    pub fn networks<F: Precision>(compiler: &Path, language: Language, text: String) -> Host {
        let host = Host::of_text::<F>(compiler, "network", language, text, "#define NETWORKS\n");
        host.header_is_ours([size_of::<NetworkHeader<F>>(), offset_of!(NetworkHeader<F>, count)]);
        host
    }

    fn of_text<F: Precision>(compiler: &Path, name: &str, language: Language, text: String, define: &str) -> Host {
        let (include, call) = match language {
            Language::Cuda => ("#include \"cuda.h\"\n", "call(NAME, launch->arguments)"),
            Language::Metal => ("", "call(NAME, launch->arguments, launch->buffers)"),
        };
        let include = include.replace(
            "#include",
            if F::SINGLE { "typedef float Number;\n#include" } else { "typedef double Number;\n#include" },
        );
        let text = format!("{define}{include}{text}\n#define CALL(NAME, launch) {call}\n#include \"launch.h\"\n");
        let shim = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/shim");
        let mut hasher = DefaultHasher::new();
        text.hash(&mut hasher);
        for file in ["threads.h", "cuda.h", "launch.h", "metal/metal_stdlib"] {
            fs::read(shim.join(file)).unwrap().hash(&mut hasher);
        }
        // The library of a text is stored by its hash, so that a text is compiled once.
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("device-text");
        fs::create_dir_all(&folder).unwrap();
        let name = format!("{name}-{language:?}-{:016x}", hasher.finish());
        let library = folder.join(format!("{name}.so"));
        if !library.exists() {
            let source = folder.join(format!("{name}.cpp"));
            fs::write(&source, &text).unwrap();
            let part = folder.join(format!("{name}.{}.{:?}.part", std::process::id(), std::thread::current().id()));
            let done = Command::new(compiler)
                .args(["-std=c++17", "-O1", "-shared", "-fPIC", "-w", "-I"])
                .arg(&shim)
                .arg("-I")
                .arg(shim.join("metal"))
                .arg("-o")
                .arg(&part)
                .arg(&source)
                .output()
                .unwrap();
            assert!(done.status.success(), "{}: {}", source.display(), String::from_utf8_lossy(&done.stderr));
            fs::rename(&part, &library).unwrap();
        }
        // SAFETY: the library is compiled from this crate's text and has no initialisers.
        let library = unsafe { Library::new(&library) }.unwrap();
        Host {
            library,
            shared: Cell::new(32 << 10),
            reversed: Cell::new(false),
            fault: Cell::new(0),
            launched: RefCell::default(),
        }
    }

    pub fn new<F: Precision>(compiler: &Path, kernel: &kernels::Cell, language: Language) -> Host {
        Host::edited::<F>(compiler, kernel, language, |text| text)
    }

    fn header_is_ours(&self, ours: [usize; 2]) {
        let mut sizes = [0usize; 2];
        // SAFETY: as declared in launch.h.
        unsafe {
            let header: Symbol<unsafe extern "C" fn(*mut usize)> = self.library.get(HEADER).unwrap();
            header(sizes.as_mut_ptr());
        }
        assert_eq!(sizes, ours, "the header's bytes differ");
    }
}

/// A buffer of numbers that kernels write through shared references, as in the memory of a device.
pub struct Buffer<F> {
    data: *mut F,
    length: usize,
}

impl<F> Buffer<F> {
    fn new(numbers: Vec<F>) -> Self {
        let length = numbers.len();
        Buffer { data: Box::into_raw(numbers.into_boxed_slice()).cast(), length }
    }
}

impl<F> Drop for Buffer<F> {
    fn drop(&mut self) {
        // SAFETY: `data` and `length` come from a boxed slice that is not freed elsewhere.
        drop(unsafe { Box::from_raw(std::ptr::slice_from_raw_parts_mut(self.data, self.length)) });
    }
}

impl<F: Precision> Queue<F> for Host {
    type Buffer = Buffer<F>;
    type Words = Buffer<u32>;
    type Error = Mismatch;

    fn room(&self, _: usize, _: usize) -> Result<(), Mismatch> {
        Ok(())
    }

    /// Allocates NaN, so that values that a kernel does not write are detected.
    fn allocate(&self, length: usize) -> Result<Buffer<F>, Mismatch> {
        Ok(Buffer::new(vec![F::of(f64::NAN); length]))
    }

    fn upload(&self, from: &[F]) -> Result<Buffer<F>, Mismatch> {
        Ok(Buffer::new(from.to_vec()))
    }

    fn download(&self, from: &Buffer<F>, to: &mut [F]) -> Result<(), Mismatch> {
        assert_eq!(from.length, to.len());
        // SAFETY: the buffer has `length` numbers, and launches are synchronous, so that none writes to it now.
        to.copy_from_slice(unsafe { std::slice::from_raw_parts(from.data, from.length) });
        Ok(())
    }

    fn upload_words(&self, from: &[u32]) -> Result<Buffer<u32>, Mismatch> {
        Ok(Buffer::new(from.to_vec()))
    }

    fn shared(&self) -> usize {
        self.shared.get()
    }

    fn wait(&self) -> Result<(), Mismatch> {
        Ok(())
    }

    fn launch<H: Copy + 'static>(
        &self,
        _: &'static DeviceProgram,
        entry: Entry,
        shape: LaunchShape,
        header: &H,
        numbers: &[Option<&Buffer<F>>],
        words: &[&Buffer<u32>],
    ) -> Result<(), Mismatch> {
        self.launched.borrow_mut().insert((entry, shape.shared));
        let numbers = numbers.iter().map(|b| b.map_or(std::ptr::null_mut(), |b| b.data.cast::<c_void>()));
        let mut pointers: Vec<*mut c_void> = numbers.chain(words.iter().map(|b| b.data.cast())).collect();
        let buffers = pointers.len();
        let mut arguments: Vec<*mut c_void> = vec![std::ptr::from_ref(header).cast_mut().cast()];
        arguments.extend(pointers.iter_mut().map(|p| std::ptr::from_mut(p).cast::<c_void>()));
        let name = CString::new(entry.name()).unwrap();
        // SAFETY: as declared in launch.h; the buffers are those that the entry takes.
        let failed = unsafe {
            let launch: Symbol<Launch> = self.library.get(LAUNCH).unwrap();
            launch(
                name.as_ptr(),
                shape.grid.as_ptr(),
                shape.block.as_ptr(),
                shape.shared as usize,
                arguments.as_mut_ptr(),
                buffers as c_int,
                c_int::from(self.reversed.get()),
                self.fault.get(),
            )
        };
        assert_eq!(failed, 0, "no entry {}", entry.name());
        Ok(())
    }
}
