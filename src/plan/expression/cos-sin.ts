/**
 * cos and sin to f32 accuracy for |x| up to about 1e5: WGSL promises 2^-11 only inside [-pi, pi]. Reduction by pi/2 in three parts
 * (Cody and Waite), Taylor polynomials on [-pi/4, pi/4].
 */
export const COS_SIN = `fn cos_sin(x: f32) -> vec2<f32> {
  let quarter = round(x * 0.636619747f);
  let r = ((x - quarter * 1.5703125f) - quarter * 0.000483751297f) - quarter * 7.54978942e-8f;
  let q = i32(quarter) & 3;
  let r2 = r * r;
  let s = r + r * r2 * (-0.166666672f + r2 * (0.00833333377f + r2 * (-0.000198412701f + r2 * 0.00000275573188f)));
  let c = 1.0 + r2 * (-0.5f + r2 * (0.0416666679f + r2 * (-0.00138888892f + r2 * 0.0000248015876f)));
  let odd = (q & 1) == 1;
  let sine = select(s, c, odd) * select(1.0, -1.0, q >= 2);
  let cosine = select(c, s, odd) * select(1.0, -1.0, q == 1 || q == 2);
  return vec2<f32>(cosine, sine);
}`
