import type { ToySizes } from './manifest.ts'

const header = (places: number, storage: readonly (readonly [string, 'read' | 'read_write', string])[]): string =>
  [
    'struct Run { batch: u32, tokens: u32, rows: u32, reserved: u32, sequences: array<vec4<u32>, 128> }',
    `struct Place { at: array<vec4<u32>, ${Math.ceil(places / 4)}> }`,
    '@group(0) @binding(0) var<uniform> run: Run;',
    '@group(0) @binding(1) var<uniform> place: Place;',
    ...storage.map(([name, access, type], i) => `@group(0) @binding(${i + 2}) var<storage, ${access}> ${name}: array<${type}>;`),
    '',
  ].join('\n')

/** The kernels of the toy model; each serves prefill and step. */
export function kernels({ vocab, width }: ToySizes): Record<string, string> {
  const elements = (words: number): string => `
@compute @workgroup_size(32) fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let row = id.x / ${words}u;
  let i = id.x % ${words}u;
  if (row >= run.rows) { return; }
  let b = row / run.tokens;
  let t = row % run.tokens;
  let start = run.sequences[b].x;
  let length = run.sequences[b].y;
`
  const channels = `
@compute @workgroup_size(1) fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let b = id.y / ${width}u;
  let i = id.y % ${width}u;
  let start = run.sequences[b].x;
  let length = run.sequences[b].y;
`
  return {
    embed: `${header(1, [
      ['tokens', 'read', 'u32'],
      ['table', 'read', 'f32'],
      ['x', 'read_write', 'f32'],
    ])}${elements(width)}
  x[place.at[0].x + row * ${width}u + i] = table[tokens[row] * ${width}u + i];
}`,
    fold: `${header(2, [
      ['x', 'read', 'f32'],
      ['decay', 'read', 'f32'],
      ['state', 'read_write', 'f32'],
      ['y', 'read_write', 'f32'],
    ])}${channels}
  var h = state[b * ${width}u + i];
  for (var t = 0u; t < length; t++) {
    let row = b * run.tokens + t;
    h = decay[i] * h + x[place.at[0].x + row * ${width}u + i];
    y[place.at[0].y + row * ${width * 1}u + i] = h;
  }
  state[b * ${width}u + i] = h;
}`,
    append: `${header(2, [
      ['y', 'read', 'f32'],
      ['cache', 'read_write', 'f32'],
    ])}${elements(width)}
  // As a planner may: a sequence without a token in a step still writes the slot after its last one.
  if (t >= length && run.tokens > 1u) { return; }
  let capacity = place.at[0].y;
  cache[(b * capacity + (start + t) % capacity) * ${width}u + i] = y[place.at[0].x + row * ${width}u + i];
}`,
    attend: `${header(5, [
      ['y', 'read_write', 'f32'],
      ['near', 'read', 'f32'],
      ['all', 'read', 'f32'],
    ])}${elements(width)}
  if (t >= length) { return; }
  let p = start + t;
  let near_capacity = place.at[0].z;
  let all_capacity = place.at[0].w;
  let window = place.at[1].x;
  var sum = y[place.at[0].x + row * ${width}u + i];
  for (var j = select(0u, p + 1u - window, p + 1u > window); j <= p; j++) {
    sum += near[(b * near_capacity + j % near_capacity) * ${width}u + i] * (0.5 + f32(j % 3u));
  }
  for (var j = 0u; j <= p; j++) {
    sum += all[(b * all_capacity + j % all_capacity) * ${width}u + i] * 0.125 / (1.0 + f32(j % 5u));
  }
  y[place.at[0].y + row * ${width}u + i] = sum;
}`,
    take: `${header(2, [
      ['source', 'read', 'f32'],
      ['kept', 'read_write', 'f32'],
    ])}${channels}
  if (length == 0u) { return; }
  kept[place.at[0].y + b * ${width}u + i] = source[place.at[0].x + (b * run.tokens + length - 1u) * ${width}u + i];
}`,
    head: `${header(2, [
      ['hidden', 'read', 'f32'],
      ['table', 'read', 'f32'],
      ['logits', 'read_write', 'f32'],
    ])}${elements(vocab)}
  var sum = 0.0;
  for (var k = 0u; k < ${width}u; k++) {
    sum += hidden[place.at[0].x + row * ${width}u + k] * table[i * ${width}u + k];
  }
  logits[place.at[0].y + row * ${vocab + 2}u + 1u + i] = sum;
}`,
  }
}
