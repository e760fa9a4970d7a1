/** GDN2xxx: names, kinds, shapes, weights and bodies. */
export * from './check/bodies.ts'
export * from './check/calls.ts'
export * from './check/models.ts'
export * from './check/names.ts'
export * from './check/shapes.ts'
export * from './check/values.ts'
export * from './check/weights.ts'
