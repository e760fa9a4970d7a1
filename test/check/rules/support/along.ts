import { spec } from './meaning.ts'

/** Bodies that look along time in every way. */
const bodies = `recurrence total(v: f32[N]) -> f32[N] {
  state s: f32[N]
  s = s + v
  out s
}
attention causal(q[i]: f32[D], k[j]: f32[D], v[j]: f32[V]) -> f32[V] {
  where j <= i
  out sigmoid(dot(q, k)) of v
}
attention near(q[i]: f32[D], k[j]: f32[D], v[j]: f32[V]) -> f32[V] {
  where j <= i and i - j < 5
  out sigmoid(dot(q, k)) of v
}
attention all(q[i]: f32[D], k[j]: f32[D], v[j]: f32[V]) -> f32[V] {
  out sigmoid(dot(q, k)) of v
}
attention ahead(q[i]: f32[D], k[j]: f32[D], v[j]: f32[V]) -> f32[V] {
  where j <= i + 1
  out sigmoid(dot(q, k)) of v
}
attention prefixed(q[i]: f32[D], k[j]: f32[D], v[j]: f32[V], p: u32) -> f32[V] {
  where j <= max(i, p - 1)
  out sigmoid(dot(q, k)) of v
}
attention fixed(q[i]: f32[D], k[j]: f32[D], v[j]: f32[V], p: size) -> f32[V] {
  where j <= max(i, p - 1)
  out sigmoid(dot(q, k)) of v
}`
/** A model over x, a number p of tokens and a constant c per sequence. */
export const of = (equations: string, output = 'f32[B, T, 2]'): string =>
  spec({ x: 'f32[B, T, 2]', p: 'u32[B]', c: 'f32[B, 2]' }, { y: output }, `${equations}\n  _p = p\n  _c = c`, bodies)
export const over = (expression: string, output?: string): string => of(`y = ${expression}`, output)
