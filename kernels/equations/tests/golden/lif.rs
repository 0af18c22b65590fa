#[allow(unused_variables, unused_mut, clippy::all, clippy::pedantic)]
impl kernels::CompiledModel for crate::Lif {
    const NAME: &'static str = "lif";
    const SUMMARY: &'static str = "leaky integrate-and-fire neuron";
    const CITATION: &'static str = "Rotter and Diesmann (1999), Exact digital simulation of time-invariant linear systems with applications to neuronal modeling, Biological Cybernetics 81:381";
    const SOURCE: &'static str = "10.1007/s004220050570";
    const READOUT: bool = false;
    const REST_AND_THRESHOLD: Option<(f64, f64)> = None;
    const REFERENCE_DRIVE: kernels::equations::ReferenceDrive = kernels::equations::ReferenceDrive { dt: 0.125, current: Some(1200.0) };
    const STATE: &'static [kernels::equations::Field] = &[kernels::equations::Field { name: std::borrow::Cow::Borrowed("v"), doc: "Membrane potential.", unit: "mV", default: -70.0, bounds: (-120.0, 0.0) }, kernels::equations::Field { name: std::borrow::Cow::Borrowed("refractory"), doc: "Time until the membrane is released.", unit: "ms", default: 0.0, bounds: (0.0, 20.0) }, ];
    const INPUT: &'static [kernels::equations::Field] = &[kernels::equations::Field { name: std::borrow::Cow::Borrowed("i"), doc: "Injected and synaptic current.", unit: "pA", default: 0.0, bounds: (-2000.0, 2000.0) }, ];
    const PARAM: &'static [kernels::equations::Field] = &[kernels::equations::Field { name: std::borrow::Cow::Borrowed("C"), doc: "Membrane capacitance.", unit: "pF", default: 250.0, bounds: (1.0, 2000.0) }, kernels::equations::Field { name: std::borrow::Cow::Borrowed("E_L"), doc: "Resting potential.", unit: "mV", default: -70.0, bounds: (-95.0, -45.0) }, kernels::equations::Field { name: std::borrow::Cow::Borrowed("tau_m"), doc: "Membrane time constant.", unit: "ms", default: 10.0, bounds: (1.0, 200.0) }, kernels::equations::Field { name: std::borrow::Cow::Borrowed("V_th"), doc: "Spike threshold.", unit: "mV", default: -55.0, bounds: (-65.0, -15.0) }, kernels::equations::Field { name: std::borrow::Cow::Borrowed("V_reset"), doc: "Potential after a spike.", unit: "mV", default: -70.0, bounds: (-95.0, -45.0) }, kernels::equations::Field { name: std::borrow::Cow::Borrowed("t_ref"), doc: "Refractory period.", unit: "ms", default: 2.0, bounds: (0.0, 20.0) }, ];
    const JUMPS: &'static [Option<usize>] = &[None];
    const FORWARD_COST: kernels::equations::Cost = kernels::equations::Cost { arithmetic: 13, divisions: 0, exponentials: 0, series: 0, other: 0 };
    const ADJOINT_COST: kernels::equations::Cost = kernels::equations::Cost { arithmetic: 37, divisions: 0, exponentials: 0, series: 0, other: 0 };
    type State<V: Copy> = [V; 2];
    type Input<V: Copy> = [V; 1];
    type Param<V: Copy> = [V; 6];
    type Output<V: Copy> = [V; 3];
    type ForwardInvariants<V: Copy> = [V; 7];
    #[inline(always)]
    fn forward_invariants<V: kernels::Simd>(dt: V, p: &[V; 6]) -> [V; 7] {
        let t11 = V::splat(1.0) / p[0];                                  // lif.rs
        let t13 = V::splat(1.0) / p[2];                                  // lif.rs
        let t15 = dt * t13;                                              // integrator.rs
        let t16 = -t15;                                                  // integrator.rs
        let t17 = V::exprel::<0>(t16);                                   // integrator.rs
        let t18 = dt * t17;                                              // integrator.rs
        let t19 = t11 * t18;                                             // integrator.rs
        let t21 = t13 * t18;                                             // integrator.rs
        [p[1], p[3], p[4], p[5], dt, t19, t21]
    }
    type AdjointInvariants<V: Copy> = [V; 12];
    #[inline(always)]
    fn adjoint_invariants<V: kernels::Simd>(dt: V, p: &[V; 6]) -> [V; 12] {
        let t10 = V::splat(1.0) / p[0];                                  // lif.rs
        let t13 = V::splat(1.0) / p[2];                                  // lif.rs
        let t17 = t13 * t13;                                             // lif.rs
        let t18 = t10 * t10;                                             // lif.rs
        let t20 = dt * t13;                                              // integrator.rs
        let t21 = -t20;                                                  // integrator.rs
        let (t23, t56) = V::exprel_and_slope(t21);                       // integrator.rs
        let t24 = dt * t23;                                              // integrator.rs
        let t57 = dt * t56;                                              // integrator.rs
        let t58 = t17 * t57;                                             // lif.rs
        let t60 = t13 * t24;                                             // lif.rs
        let t62 = t17 * t24;                                             // lif.rs
        let t67 = t10 * t24;                                             // lif.rs
        let t69 = t18 * t24;                                             // lif.rs
        [p[1], p[3], p[4], dt, t10, t13, t24, t58, t60, t62, t67, t69]
    }

    #[inline(always)]
    fn step<V: kernels::Simd>(x: &[V; 2], i: &[V; 1], c: &[V; 7]) -> [V; 3] {
        let t20 = i[0] * c[5];                                           // integrator.rs
        let t23 = c[0] - x[0];                                           // integrator.rs
        let t24 = V::fma(t23, c[6], t20);                                // integrator.rs
        let t25 = x[0] + t24;                                            // integrator.rs
        let t26 = x[1] - c[4];                                           // integrator.rs
        let t27 = V::select(t25, c[1], V::splat(0.0), V::splat(1.0));    // lif.rs
        let t28 = x[1] + t26;                                            // lif.rs
        let t29 = V::select(V::splat(0.0), t28, V::splat(0.0), t27);     // lif.rs
        let t30 = V::select(t25, c[1], t25, c[2]);                       // lif.rs
        let t31 = V::select(V::splat(0.0), t28, x[0], t30);              // lif.rs
        let t32 = V::max(t26, V::splat(0.0));                            // lif.rs
        let t33 = V::select(t25, c[1], t32, c[3]);                       // lif.rs
        let t34 = V::select(V::splat(0.0), t28, t32, t33);               // lif.rs
        [t31, t34, t29]
    }
    #[inline(always)]
    fn step_adjoint<V: kernels::Simd>(x: &[V; 2], i: &[V; 1], c: &[V; 12], bar: &[V; 3]) -> ([V; 2], [V; 1], [V; 6]) {
        let t11 = i[0] * c[4];                                           // lif.rs
        let t12 = x[0] - c[0];                                           // lif.rs
        let t15 = c[0] - x[0];                                           // lif.rs
        let t16 = V::fma(t15, c[5], t11);                                // lif.rs
        let t22 = c[3] * t16;                                            // integrator.rs
        let t26 = V::fma(t16, c[6], x[0]);                               // integrator.rs
        let t27 = x[1] - c[3];                                           // integrator.rs
        let t28 = t26 - c[1];                                            // lif.rs
        let t30 = t28 * V::splat(0.05);                                  // lif.rs
        let t31 = V::select(t26, c[1], V::splat(0.0), V::splat(1.0));    // lif.rs
        let t32 = x[1] + t27;                                            // lif.rs
        let t33 = V::select(V::splat(0.0), t32, V::splat(0.0), t31);     // lif.rs
        let t34 = V::select(V::splat(0.0), t32, x[0], t26);              // lif.rs
        let t35 = c[2] - t34;                                            // lif.rs
        let t39 = V::fma(t35, bar[0], bar[2]);                           // lif.rs
        let t40 = t33 * bar[0];                                          // lif.rs
        let t41 = bar[0] - t40;                                          // lif.rs
        let t42 = V::select(V::splat(0.0), t32, t41, V::splat(0.0));     // lif.rs
        let t43 = V::select(V::splat(0.0), t32, V::splat(0.0), t41);     // lif.rs
        let t44 = V::select(V::splat(0.0), t32, V::splat(0.0), t39);     // lif.rs
        let t45 = V::abs(t30);                                           // lif.rs
        let t46 = V::splat(1.0) - t45;                                   // lif.rs
        let t48 = t46 * V::splat(0.3);                                   // lif.rs
        let t49 = V::max(t48, V::splat(0.0));                            // lif.rs
        let t50 = t44 * t49;                                             // lif.rs
        let t51 = V::splat(0.05) * t50;                                  // lif.rs
        let t52 = t43 + t51;                                             // lif.rs
        let t53 = -t51;                                                  // lif.rs
        let t54 = t42 + t52;                                             // integrator.rs
        let t55 = t22 * t52;                                             // integrator.rs
        let t61 = t52 * c[8];                                            // lif.rs
        let t63 = t12 * t52;                                             // lif.rs
        let t64 = c[9] * t63;                                            // lif.rs
        let t65 = V::fma(t55, c[7], t64);                                // lif.rs
        let t66 = t54 - t61;                                             // lif.rs
        let t68 = t52 * c[10];                                           // lif.rs
        let t70 = i[0] * t52;                                            // lif.rs
        let t71 = c[11] * t70;                                           // lif.rs
        let t72 = -t71;                                                  // lif.rs
        ([t66, V::splat(0.0)], [t68], [t72, t61, t65, t53, t40, V::splat(0.0)])
    }
}
#[allow(unused_variables, unused_mut, clippy::all, clippy::pedantic)]
impl kernels::Scanned for crate::Lif {
    const STATE_JACOBIAN: &'static [(usize, usize)] = &[(0, 0)];
    const PARAM_JACOBIAN: &'static [(usize, usize)] = &[(0, 0), (0, 1), (0, 2), (0, 3), (0, 4)];
    const TANGENT_COST: kernels::equations::Cost = kernels::equations::Cost { arithmetic: 39, divisions: 0, exponentials: 0, series: 0, other: 0 };
    const PROGRAM: kernels::DeviceProgram = PROGRAM;
    type StateJacobian<V: Copy> = [V; 1];
    type ParamJacobian<V: Copy> = [[V; 2]; 6];
    type TangentInvariants<V: Copy> = [V; 12];
    #[inline(always)]
    fn tangent_invariants<V: kernels::Simd>(dt: V, p: &[V; 6]) -> [V; 12] {
        let t11 = V::splat(1.0) / p[0];                                  // lif.rs
        let t14 = V::splat(1.0) / p[2];                                  // lif.rs
        let t18 = t14 * t14;                                             // lif.rs
        let t19 = t11 * t11;                                             // lif.rs
        let t21 = dt * t14;                                              // integrator.rs
        let t22 = -t21;                                                  // integrator.rs
        let (t24, t48) = V::exprel_and_slope(t22);                       // integrator.rs
        let t25 = dt * t24;                                              // integrator.rs
        let t59 = dt * t48;                                              // integrator.rs
        let t60 = t18 * t59;                                             // lif.rs
        let t62 = t14 * t25;                                             // lif.rs
        let t64 = t18 * t25;                                             // lif.rs
        let t69 = t19 * t25;                                             // lif.rs
        [p[1], p[3], p[4], p[5], dt, t11, t14, t25, t60, t62, t64, t69]
    }

    #[inline(always)]
    fn step_tangent<V: kernels::Simd>(x: &[V; 2], i: &[V; 1], c: &[V; 12], by_param: &mut [[V; 2]; 6]) -> ([V; 3], [V; 1]) {
        let t12 = i[0] * c[5];                                           // lif.rs
        let t13 = x[0] - c[0];                                           // lif.rs
        let t16 = c[0] - x[0];                                           // lif.rs
        let t17 = V::fma(t16, c[6], t12);                                // lif.rs
        let t23 = c[4] * t17;                                            // integrator.rs
        let t27 = V::fma(t17, c[7], x[0]);                               // integrator.rs
        let t28 = x[1] - c[4];                                           // integrator.rs
        let t29 = t27 - c[1];                                            // lif.rs
        let t31 = t29 * V::splat(0.05);                                  // lif.rs
        let t32 = V::select(t27, c[1], V::splat(0.0), V::splat(1.0));    // lif.rs
        let t33 = x[1] + t28;                                            // lif.rs
        let t34 = V::select(V::splat(0.0), t33, V::splat(0.0), t32);     // lif.rs
        let t35 = V::select(V::splat(0.0), t33, x[0], t27);              // lif.rs
        let t36 = c[2] - t35;                                            // lif.rs
        let t37 = V::select(t27, c[1], t27, c[2]);                       // lif.rs
        let t38 = V::select(V::splat(0.0), t33, x[0], t37);              // lif.rs
        let t39 = V::max(t28, V::splat(0.0));                            // lif.rs
        let t40 = V::select(t27, c[1], t39, c[3]);                       // lif.rs
        let t41 = V::select(V::splat(0.0), t33, t39, t40);               // lif.rs
        let t43 = V::abs(t31);                                           // lif.rs
        let t44 = V::splat(1.0) - t43;                                   // lif.rs
        let t46 = t44 * V::splat(0.3);                                   // lif.rs
        let t47 = V::max(t46, V::splat(0.0));                            // lif.rs
        let t49 = V::splat(1.0) - t34;                                   // lif.rs
        let t50 = V::select(V::splat(0.0), t33, t49, V::splat(0.0));     // lif.rs
        let t51 = V::select(V::splat(0.0), t33, V::splat(0.0), t49);     // lif.rs
        let t52 = V::select(V::splat(0.0), t33, V::splat(0.0), t36);     // lif.rs
        let t53 = t47 * t52;                                             // lif.rs
        let t54 = V::splat(0.05) * t53;                                  // lif.rs
        let t55 = t51 + t54;                                             // lif.rs
        let t56 = -t54;                                                  // lif.rs
        let t57 = t50 + t55;                                             // integrator.rs
        let t58 = t23 * t55;                                             // integrator.rs
        let t63 = t55 * c[9];                                            // lif.rs
        let t65 = t13 * t55;                                             // lif.rs
        let t66 = c[10] * t65;                                           // lif.rs
        let t67 = V::fma(t58, c[8], t66);                                // lif.rs
        let t68 = t57 - t63;                                             // lif.rs
        let t70 = i[0] * t55;                                            // lif.rs
        let t71 = c[11] * t70;                                           // lif.rs
        let t72 = -t71;                                                  // lif.rs

        by_param[0][0] = t72;
        by_param[1][0] = t63;
        by_param[2][0] = t67;
        by_param[3][0] = t56;
        by_param[4][0] = t34;
        ([t38, t41, t34], [t68])
    }
    #[inline(always)]
    fn push<V: kernels::Simd>(j: &[V; 1], t: &[V; 2], mut y: [V; 2]) -> [V; 2] {
        y[0] = V::fma(j[0], t[0], y[0]);
        y
    }
}
#[allow(unused_variables, unused_mut, clippy::all, clippy::pedantic)]
impl kernels::Trainable for crate::Lif {
    type SurrogateInvariants<V: Copy> = [V; 7];
    #[inline(always)]
    fn surrogate_invariants<V: kernels::Simd>(dt: V, p: &[V; 6]) -> [V; 7] {
        let t11 = V::splat(1.0) / p[0];                                  // lif.rs
        let t13 = V::splat(1.0) / p[2];                                  // lif.rs
        let t15 = dt * t13;                                              // integrator.rs
        let t16 = -t15;                                                  // integrator.rs
        let t17 = V::exprel::<0>(t16);                                   // integrator.rs
        let t18 = dt * t17;                                              // integrator.rs
        let t19 = t11 * t18;                                             // integrator.rs
        let t21 = t13 * t18;                                             // integrator.rs
        [p[1], p[3], p[4], p[5], dt, t19, t21]
    }
    #[inline(always)]
    fn step_with_surrogate<V: kernels::Simd>(x: &[V; 2], i: &[V; 1], c: &[V; 7]) -> ([V; 3], V) {
        let t20 = i[0] * c[5];                                           // integrator.rs
        let t23 = c[0] - x[0];                                           // integrator.rs
        let t24 = V::fma(t23, c[6], t20);                                // integrator.rs
        let t25 = x[0] + t24;                                            // integrator.rs
        let t26 = x[1] - c[4];                                           // integrator.rs
        let t27 = t25 - c[1];                                            // lif.rs
        let t29 = t27 * V::splat(0.05);                                  // lif.rs
        let t30 = V::select(t25, c[1], V::splat(0.0), V::splat(1.0));    // lif.rs
        let t31 = x[1] + t26;                                            // lif.rs
        let t32 = V::select(V::splat(0.0), t31, V::splat(0.0), t30);     // lif.rs
        let t33 = V::select(t25, c[1], t25, c[2]);                       // lif.rs
        let t34 = V::select(V::splat(0.0), t31, x[0], t33);              // lif.rs
        let t35 = V::max(t26, V::splat(0.0));                            // lif.rs
        let t36 = V::select(t25, c[1], t35, c[3]);                       // lif.rs
        let t37 = V::select(V::splat(0.0), t31, t35, t36);               // lif.rs
        let t39 = V::abs(t29);                                           // lif.rs
        let t40 = V::splat(1.0) - t39;                                   // lif.rs
        let t42 = t40 * V::splat(0.3);                                   // lif.rs
        let t43 = V::max(t42, V::splat(0.0));                            // lif.rs
        let t44 = V::select(V::splat(0.0), t31, V::splat(0.0), t43);     // surrogate.rs
        ([t34, t37, t32], t44)
    }
    type Saved<V: Copy> = [V; 4];
    type SavedInvariants<V: Copy> = [V; 8];
    #[inline(always)]
    fn saved_invariants<V: kernels::Simd>(dt: V, p: &[V; 6]) -> [V; 8] {
        let t11 = V::splat(1.0) / p[0];                                  // lif.rs
        let t13 = V::splat(1.0) / p[2];                                  // lif.rs
        let t15 = dt * t13;                                              // integrator.rs
        let t16 = -t15;                                                  // integrator.rs
        let t17 = V::exprel::<0>(t16);                                   // integrator.rs
        let t18 = dt * t17;                                              // integrator.rs
        let t19 = t11 * t18;                                             // integrator.rs
        let t21 = t13 * t18;                                             // integrator.rs
        let t61 = -t21;                                                  // lif.rs
        [p[1], p[3], p[4], p[5], dt, t19, t21, t61]
    }
    #[inline(always)]
    fn step_saving<V: kernels::Simd>(x: &[V; 2], i: &[V; 1], c: &[V; 8]) -> ([V; 3], V, [V; 4]) {
        let t20 = i[0] * c[5];                                           // integrator.rs
        let t23 = c[0] - x[0];                                           // integrator.rs
        let t24 = V::fma(t23, c[6], t20);                                // integrator.rs
        let t25 = x[0] + t24;                                            // integrator.rs
        let t26 = x[1] - c[4];                                           // integrator.rs
        let t27 = t25 - c[1];                                            // lif.rs
        let t29 = t27 * V::splat(0.05);                                  // lif.rs
        let t30 = V::select(t25, c[1], V::splat(0.0), V::splat(1.0));    // lif.rs
        let t31 = x[1] + t26;                                            // lif.rs
        let t32 = V::select(V::splat(0.0), t31, V::splat(0.0), t30);     // lif.rs
        let t33 = V::select(V::splat(0.0), t31, x[0], t25);              // lif.rs
        let t34 = c[2] - t33;                                            // lif.rs
        let t35 = V::select(t25, c[1], t25, c[2]);                       // lif.rs
        let t36 = V::select(V::splat(0.0), t31, x[0], t35);              // lif.rs
        let t37 = V::max(t26, V::splat(0.0));                            // lif.rs
        let t38 = V::select(t25, c[1], t37, c[3]);                       // lif.rs
        let t39 = V::select(V::splat(0.0), t31, t37, t38);               // lif.rs
        let t46 = -t32;                                                  // lif.rs
        let t51 = V::abs(t29);                                           // lif.rs
        let t52 = V::splat(1.0) - t51;                                   // lif.rs
        let t54 = t52 * V::splat(0.3);                                   // lif.rs
        let t55 = V::max(t54, V::splat(0.0));                            // lif.rs
        let t64 = V::select(V::splat(0.0), t31, V::splat(0.0), t55);     // surrogate.rs
        ([t36, t39, t32], t64, [t31, t34, t46, t55])
    }
    #[inline(always)]
    fn backward_from_saved<V: kernels::Simd>(surrogate: V, saved: &[V; 4], c: &[V; 8], bar: &[V; 3]) -> ([V; 2], [V; 1]) {
        let t44 = V::fma(saved[1], bar[0], bar[2]);                      // lif.rs
        let t47 = V::fma(saved[2], bar[0], bar[0]);                      // lif.rs
        let t48 = V::select(V::splat(0.0), saved[0], t47, V::splat(0.0)); // lif.rs
        let t49 = V::select(V::splat(0.0), saved[0], V::splat(0.0), t47); // lif.rs
        let t50 = V::select(V::splat(0.0), saved[0], V::splat(0.0), t44); // lif.rs
        let t56 = t50 * saved[3];                                        // lif.rs
        let t58 = V::fma(V::splat(0.05), t56, t49);                      // lif.rs
        let t59 = t48 + t58;                                             // integrator.rs
        let t62 = V::fma(c[7], t58, t59);                                // lif.rs
        let t63 = c[5] * t58;                                            // lif.rs
        ([t62, V::splat(0.0)], [t63])
    }
    const BY_STATE: &'static [(usize, usize)] = &[(0, 0), (2, 0)];
    const BY_INPUT: &'static [(usize, usize)] = &[(0, 0), (2, 0)];
    type Derivatives<V: Copy> = [V; 4];
    type LinearisedInvariants<V: Copy> = [V; 10];
    #[inline(always)]
    fn linearised_invariants<V: kernels::Simd>(dt: V, p: &[V; 6]) -> [V; 10] {
        let t11 = V::splat(1.0) / p[0];                                  // lif.rs
        let t13 = V::splat(1.0) / p[2];                                  // lif.rs
        let t15 = dt * t13;                                              // integrator.rs
        let t16 = -t15;                                                  // integrator.rs
        let t17 = V::exprel::<0>(t16);                                   // integrator.rs
        let t18 = dt * t17;                                              // integrator.rs
        let t19 = t11 * t18;                                             // integrator.rs
        let t21 = t13 * t18;                                             // integrator.rs
        let t55 = -t21;                                                  // lif.rs
        let t60 = t17 * V::splat(0.05);                                  // integrator.rs
        let t61 = dt * t60;                                              // integrator.rs
        let t62 = t13 * t61;                                             // lif.rs
        let t63 = V::splat(0.05) - t62;                                  // lif.rs
        let t65 = t11 * t61;                                             // lif.rs
        [p[1], p[3], p[4], p[5], dt, t19, t21, t55, t63, t65]
    }
    #[inline(always)]
    fn step_linearised<V: kernels::Simd>(x: &[V; 2], i: &[V; 1], c: &[V; 10]) -> ([V; 3], [V; 4]) {
        let t20 = i[0] * c[5];                                           // integrator.rs
        let t23 = c[0] - x[0];                                           // integrator.rs
        let t24 = V::fma(t23, c[6], t20);                                // integrator.rs
        let t25 = x[0] + t24;                                            // integrator.rs
        let t26 = x[1] - c[4];                                           // integrator.rs
        let t27 = t25 - c[1];                                            // lif.rs
        let t29 = t27 * V::splat(0.05);                                  // lif.rs
        let t30 = V::select(t25, c[1], V::splat(0.0), V::splat(1.0));    // lif.rs
        let t31 = x[1] + t26;                                            // lif.rs
        let t32 = V::select(V::splat(0.0), t31, V::splat(0.0), t30);     // lif.rs
        let t33 = V::select(V::splat(0.0), t31, x[0], t25);              // lif.rs
        let t34 = c[2] - t33;                                            // lif.rs
        let t35 = V::select(t25, c[1], t25, c[2]);                       // lif.rs
        let t36 = V::select(V::splat(0.0), t31, x[0], t35);              // lif.rs
        let t37 = V::max(t26, V::splat(0.0));                            // lif.rs
        let t38 = V::select(t25, c[1], t37, c[3]);                       // lif.rs
        let t39 = V::select(V::splat(0.0), t31, t37, t38);               // lif.rs
        let t41 = V::abs(t29);                                           // lif.rs
        let t42 = V::splat(1.0) - t41;                                   // lif.rs
        let t44 = t42 * V::splat(0.3);                                   // lif.rs
        let t45 = V::max(t44, V::splat(0.0));                            // lif.rs
        let t46 = V::splat(1.0) - t32;                                   // lif.rs
        let t47 = V::select(V::splat(0.0), t31, t46, V::splat(0.0));     // lif.rs
        let t48 = V::select(V::splat(0.0), t31, V::splat(0.0), t46);     // lif.rs
        let t49 = V::select(V::splat(0.0), t31, V::splat(0.0), t34);     // lif.rs
        let t50 = t45 * t49;                                             // lif.rs
        let t52 = V::fma(V::splat(0.05), t50, t48);                      // lif.rs
        let t53 = t47 + t52;                                             // integrator.rs
        let t56 = V::fma(c[7], t52, t53);                                // lif.rs
        let t57 = c[5] * t52;                                            // lif.rs
        let t58 = V::select(V::splat(0.0), t31, V::splat(0.0), V::splat(1.0)); // lif.rs
        let t59 = t45 * t58;                                             // lif.rs
        let t64 = t59 * c[8];                                            // lif.rs
        let t66 = t59 * c[9];                                            // lif.rs
        ([t36, t39, t32], [t56, t64, t57, t66])
    }
}
