// lif, https://doi.org/10.1007/s004220050570
struct Model {
    enum { STATES = 2, INPUTS = 1, PARAMS = 6, OUTPUTS = 3, FORWARD = 7, ADJOINT = 12, TANGENT = 12, STATE_BLOCK = 1, PARAM_BLOCK = 5 };
    static DEVICE void invariants_forward(Number dt, LOCAL const Number *p, LOCAL Number *c) {
        const Number t11 = quotient(Number(1.0), p[0]);                  // lif.rs
        const Number t13 = quotient(Number(1.0), p[2]);                  // lif.rs
        const Number t15 = dt * t13;                                     // integrator.rs
        const Number t16 = -t15;                                         // integrator.rs
        const Number t17 = exprel_0(t16);                                // integrator.rs
        const Number t18 = dt * t17;                                     // integrator.rs
        const Number t19 = t11 * t18;                                    // integrator.rs
        const Number t21 = t13 * t18;                                    // integrator.rs
        c[0] = p[1];
        c[1] = p[3];
        c[2] = p[4];
        c[3] = p[5];
        c[4] = dt;
        c[5] = t19;
        c[6] = t21;
    }
    static DEVICE void invariants_adjoint(Number dt, LOCAL const Number *p, LOCAL Number *c) {
        const Number t10 = quotient(Number(1.0), p[0]);                  // lif.rs
        const Number t13 = quotient(Number(1.0), p[2]);                  // lif.rs
        const Number t17 = t13 * t13;                                    // lif.rs
        const Number t18 = t10 * t10;                                    // lif.rs
        const Number t20 = dt * t13;                                     // integrator.rs
        const Number t21 = -t20;                                         // integrator.rs
        const Number t23 = exprel_0(t21);                                // integrator.rs
        const Number t24 = dt * t23;                                     // integrator.rs
        const Number t56 = exprel_1(t21);                                // integrator.rs
        const Number t57 = dt * t56;                                     // integrator.rs
        const Number t58 = t17 * t57;                                    // lif.rs
        const Number t60 = t13 * t24;                                    // lif.rs
        const Number t62 = t17 * t24;                                    // lif.rs
        const Number t67 = t10 * t24;                                    // lif.rs
        const Number t69 = t18 * t24;                                    // lif.rs
        c[0] = p[1];
        c[1] = p[3];
        c[2] = p[4];
        c[3] = dt;
        c[4] = t10;
        c[5] = t13;
        c[6] = t24;
        c[7] = t58;
        c[8] = t60;
        c[9] = t62;
        c[10] = t67;
        c[11] = t69;
    }
    static DEVICE void invariants_tangent(Number dt, LOCAL const Number *p, LOCAL Number *c) {
        const Number t11 = quotient(Number(1.0), p[0]);                  // lif.rs
        const Number t14 = quotient(Number(1.0), p[2]);                  // lif.rs
        const Number t18 = t14 * t14;                                    // lif.rs
        const Number t19 = t11 * t11;                                    // lif.rs
        const Number t21 = dt * t14;                                     // integrator.rs
        const Number t22 = -t21;                                         // integrator.rs
        const Number t24 = exprel_0(t22);                                // integrator.rs
        const Number t25 = dt * t24;                                     // integrator.rs
        const Number t48 = exprel_1(t22);                                // integrator.rs
        const Number t59 = dt * t48;                                     // integrator.rs
        const Number t60 = t18 * t59;                                    // lif.rs
        const Number t62 = t14 * t25;                                    // lif.rs
        const Number t64 = t18 * t25;                                    // lif.rs
        const Number t69 = t19 * t25;                                    // lif.rs
        c[0] = p[1];
        c[1] = p[3];
        c[2] = p[4];
        c[3] = p[5];
        c[4] = dt;
        c[5] = t11;
        c[6] = t14;
        c[7] = t25;
        c[8] = t60;
        c[9] = t62;
        c[10] = t64;
        c[11] = t69;
    }
    static DEVICE void step(LOCAL const Number *x, LOCAL const Number *i, LOCAL const Number *c, LOCAL Number *y) {
        const Number t20 = i[0] * c[5];                                  // integrator.rs
        const Number t23 = c[0] - x[0];                                  // integrator.rs
        const Number t24 = fma_of(t23, c[6], t20);                       // integrator.rs
        const Number t25 = x[0] + t24;                                   // integrator.rs
        const Number t26 = x[1] - c[4];                                  // integrator.rs
        const Number t27 = select_of(t25, c[1], Number(0.0), Number(1.0)); // lif.rs
        const Number t28 = x[1] + t26;                                   // lif.rs
        const Number t29 = select_of(Number(0.0), t28, Number(0.0), t27); // lif.rs
        const Number t30 = select_of(t25, c[1], t25, c[2]);              // lif.rs
        const Number t31 = select_of(Number(0.0), t28, x[0], t30);       // lif.rs
        const Number t32 = max_of(t26, Number(0.0));                     // lif.rs
        const Number t33 = select_of(t25, c[1], t32, c[3]);              // lif.rs
        const Number t34 = select_of(Number(0.0), t28, t32, t33);        // lif.rs
        y[0] = t31;
        y[1] = t34;
        y[2] = t29;
    }
    static DEVICE void step_adjoint(LOCAL const Number *x, LOCAL const Number *i, LOCAL const Number *c, LOCAL const Number *bar, LOCAL Number *gx, LOCAL Number *gi, LOCAL Number *gp) {
        const Number t11 = i[0] * c[4];                                  // lif.rs
        const Number t12 = x[0] - c[0];                                  // lif.rs
        const Number t15 = c[0] - x[0];                                  // lif.rs
        const Number t16 = fma_of(t15, c[5], t11);                       // lif.rs
        const Number t22 = c[3] * t16;                                   // integrator.rs
        const Number t26 = fma_of(t16, c[6], x[0]);                      // integrator.rs
        const Number t27 = x[1] - c[3];                                  // integrator.rs
        const Number t28 = t26 - c[1];                                   // lif.rs
        const Number t30 = t28 * Number(0.05);                           // lif.rs
        const Number t31 = select_of(t26, c[1], Number(0.0), Number(1.0)); // lif.rs
        const Number t32 = x[1] + t27;                                   // lif.rs
        const Number t33 = select_of(Number(0.0), t32, Number(0.0), t31); // lif.rs
        const Number t34 = select_of(Number(0.0), t32, x[0], t26);       // lif.rs
        const Number t35 = c[2] - t34;                                   // lif.rs
        const Number t39 = fma_of(t35, bar[0], bar[2]);                  // lif.rs
        const Number t40 = t33 * bar[0];                                 // lif.rs
        const Number t41 = bar[0] - t40;                                 // lif.rs
        const Number t42 = select_of(Number(0.0), t32, t41, Number(0.0)); // lif.rs
        const Number t43 = select_of(Number(0.0), t32, Number(0.0), t41); // lif.rs
        const Number t44 = select_of(Number(0.0), t32, Number(0.0), t39); // lif.rs
        const Number t45 = abs_of(t30);                                  // lif.rs
        const Number t46 = Number(1.0) - t45;                            // lif.rs
        const Number t48 = t46 * Number(0.3);                            // lif.rs
        const Number t49 = max_of(t48, Number(0.0));                     // lif.rs
        const Number t50 = t44 * t49;                                    // lif.rs
        const Number t51 = Number(0.05) * t50;                           // lif.rs
        const Number t52 = t43 + t51;                                    // lif.rs
        const Number t53 = -t51;                                         // lif.rs
        const Number t54 = t42 + t52;                                    // integrator.rs
        const Number t55 = t22 * t52;                                    // integrator.rs
        const Number t61 = t52 * c[8];                                   // lif.rs
        const Number t63 = t12 * t52;                                    // lif.rs
        const Number t64 = c[9] * t63;                                   // lif.rs
        const Number t65 = fma_of(t55, c[7], t64);                       // lif.rs
        const Number t66 = t54 - t61;                                    // lif.rs
        const Number t68 = t52 * c[10];                                  // lif.rs
        const Number t70 = i[0] * t52;                                   // lif.rs
        const Number t71 = c[11] * t70;                                  // lif.rs
        const Number t72 = -t71;                                         // lif.rs
        gx[0] = t66;
        gx[1] = Number(0.0);
        gi[0] = t68;
        gp[0] = t72;
        gp[1] = t61;
        gp[2] = t65;
        gp[3] = t53;
        gp[4] = t40;
        gp[5] = Number(0.0);
    }
    static DEVICE void step_tangent(LOCAL const Number *x, LOCAL const Number *i, LOCAL const Number *c, LOCAL Number *y, LOCAL Number *j, LOCAL Number *source) {
        const Number t12 = i[0] * c[5];                                  // lif.rs
        const Number t13 = x[0] - c[0];                                  // lif.rs
        const Number t16 = c[0] - x[0];                                  // lif.rs
        const Number t17 = fma_of(t16, c[6], t12);                       // lif.rs
        const Number t23 = c[4] * t17;                                   // integrator.rs
        const Number t27 = fma_of(t17, c[7], x[0]);                      // integrator.rs
        const Number t28 = x[1] - c[4];                                  // integrator.rs
        const Number t29 = t27 - c[1];                                   // lif.rs
        const Number t31 = t29 * Number(0.05);                           // lif.rs
        const Number t32 = select_of(t27, c[1], Number(0.0), Number(1.0)); // lif.rs
        const Number t33 = x[1] + t28;                                   // lif.rs
        const Number t34 = select_of(Number(0.0), t33, Number(0.0), t32); // lif.rs
        const Number t35 = select_of(Number(0.0), t33, x[0], t27);       // lif.rs
        const Number t36 = c[2] - t35;                                   // lif.rs
        const Number t37 = select_of(t27, c[1], t27, c[2]);              // lif.rs
        const Number t38 = select_of(Number(0.0), t33, x[0], t37);       // lif.rs
        const Number t39 = max_of(t28, Number(0.0));                     // lif.rs
        const Number t40 = select_of(t27, c[1], t39, c[3]);              // lif.rs
        const Number t41 = select_of(Number(0.0), t33, t39, t40);        // lif.rs
        const Number t43 = abs_of(t31);                                  // lif.rs
        const Number t44 = Number(1.0) - t43;                            // lif.rs
        const Number t46 = t44 * Number(0.3);                            // lif.rs
        const Number t47 = max_of(t46, Number(0.0));                     // lif.rs
        const Number t49 = Number(1.0) - t34;                            // lif.rs
        const Number t50 = select_of(Number(0.0), t33, t49, Number(0.0)); // lif.rs
        const Number t51 = select_of(Number(0.0), t33, Number(0.0), t49); // lif.rs
        const Number t52 = select_of(Number(0.0), t33, Number(0.0), t36); // lif.rs
        const Number t53 = t47 * t52;                                    // lif.rs
        const Number t54 = Number(0.05) * t53;                           // lif.rs
        const Number t55 = t51 + t54;                                    // lif.rs
        const Number t56 = -t54;                                         // lif.rs
        const Number t57 = t50 + t55;                                    // integrator.rs
        const Number t58 = t23 * t55;                                    // integrator.rs
        const Number t63 = t55 * c[9];                                   // lif.rs
        const Number t65 = t13 * t55;                                    // lif.rs
        const Number t66 = c[10] * t65;                                  // lif.rs
        const Number t67 = fma_of(t58, c[8], t66);                       // lif.rs
        const Number t68 = t57 - t63;                                    // lif.rs
        const Number t70 = i[0] * t55;                                   // lif.rs
        const Number t71 = c[11] * t70;                                  // lif.rs
        const Number t72 = -t71;                                         // lif.rs
        y[0] = t38;
        y[1] = t41;
        y[2] = t34;
        j[0] = t68;
        source[0] = t72;
        source[1] = t63;
        source[2] = t67;
        source[3] = t56;
        source[4] = t34;
    }
    static DEVICE void push(LOCAL const Number *j, LOCAL const Number *t, LOCAL Number *y) {
        y[0] = fma_of(j[0], t[0], y[0]);
    }
    static DEVICE void source(uint parameter, LOCAL const Number *source, LOCAL Number *y) {
        y[0] = Number(0.0);
        y[1] = Number(0.0);
        switch (parameter) {
        case 0: y[0] = source[0]; break;
        case 1: y[0] = source[1]; break;
        case 2: y[0] = source[2]; break;
        case 3: y[0] = source[3]; break;
        case 4: y[0] = source[4]; break;
        default: break;
        }
    }
};
