import { compileStatic, type StaticKernel } from '../static-kernel.ts'

/** In place of an id: this sequence has drawn a stop token. */
export const ENDED = 0xffff_ffff

/** Words of the uniform `Params`. */
export const PARAMS_WORDS = 12

const code = `// Draws the next token of every sequence from its logits, and hands it to the step that follows.
// grid: (batch); one workgroup per sequence, lanes take every 256th entry of the vocabulary.
//
// Logits l, after the repetition penalty; weights w = exp((l - max l) / temperature). Kept are entries that pass all of top-k, top-p
// (of the weight that top-k leaves) and min-p; entries of equal logit stay or go together. The draw inverts the cumulative weight.

struct Params {
  vocab: u32,
  stops: u32, // entries of \`stop_ids\` in use
  seed: vec2<u32>,
  temperature: f32, // 0: the largest logit, the first of equals
  top_k: u32, // 0: all
  top_p: f32, // 1: all
  min_p: f32, // 0: all
  penalty: f32, // 1: none
  reserved_a: u32,
  reserved_b: u32,
  reserved_c: u32,
}

const LANES = 256u;
const DIGITS = 8u; // values of one digit of a key, 3 bits
const ENDED = 0xffffffffu;

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> logits: array<f32>; // [batch][vocab]
@group(0) @binding(2) var<storage, read> stop_ids: array<u32>;
@group(0) @binding(3) var<storage, read_write> run: array<vec4<u32>>; // Run of steps; its sequences begin at 1
@group(0) @binding(4) var<storage, read_write> tokens: array<u32>; // [batch], read by the next step
@group(0) @binding(5) var<storage, read_write> seen: array<u32>; // [batch][ceil(vocab / 32)], a bit per id
@group(0) @binding(6) var<storage, read_write> drawn: array<u32>; // [batch]

var<workgroup> partial: array<f32, LANES * DIGITS>;
var<workgroup> best_keys: array<u32, LANES>;
var<workgroup> best_ids: array<u32, LANES>;
var<workgroup> choice: u32;
var<workgroup> chosen_lane: u32;
var<workgroup> remaining: f32;

fn logit(sequence: u32, id: u32) -> f32 {
  let l = logits[sequence * params.vocab + id];
  if (params.penalty == 1.0) {
    return l;
  }
  let word = seen[sequence * ((params.vocab + 31u) / 32u) + id / 32u];
  if (((word >> (id % 32u)) & 1u) == 0u) {
    return l;
  }
  return select(l * params.penalty, l / params.penalty, l > 0.0);
}

// Orders like the numbers themselves.
fn key_of(l: f32) -> u32 {
  let bits = bitcast<u32>(l);
  return select(bits | 0x80000000u, ~bits, (bits >> 31u) == 1u);
}

fn multiply_high(a: u32, b: u32) -> u32 {
  let low = (a & 0xffffu) * (b & 0xffffu);
  let middle = (a >> 16u) * (b & 0xffffu) + (low >> 16u);
  let upper = (a & 0xffffu) * (b >> 16u) + (middle & 0xffffu);
  return (a >> 16u) * (b >> 16u) + (middle >> 16u) + (upper >> 16u);
}

// Philox 4x32-10, its first word.
fn random_word(position: u32, sequence: u32) -> u32 {
  var counter = vec4<u32>(position, sequence, 0u, 0u);
  var key = params.seed;
  for (var round = 0u; round < 10u; round++) {
    let high0 = multiply_high(0xd2511f53u, counter.x);
    let high2 = multiply_high(0xcd9e8d57u, counter.z);
    counter = vec4<u32>(high2 ^ counter.y ^ key.x, 0xcd9e8d57u * counter.z, high0 ^ counter.w ^ key.y, 0xd2511f53u * counter.x);
    key += vec2<u32>(0x9e3779b9u, 0xbb67ae85u);
  }
  return counter.x;
}

// The largest key t for which the entries with keys from t up hold at least \`share\` of all from \`least\` up: of their weight, or with
// \`count\` > 0 that many of them. Digit by digit, from the top.
fn threshold(sequence: u32, lane: u32, top: f32, least: u32, share: f32, count: f32) -> u32 {
  var prefix = 0u;
  var above = 0.0;
  var wanted = count;
  for (var digit = 0u; digit < 11u; digit++) {
    let shift = 30u - 3u * digit;
    // Written out: Dawn does not clear a variable without initialiser again when a loop comes back to it.
    var sums = array<f32, DIGITS>();
    for (var id = lane; id < params.vocab; id += LANES) {
      let l = logit(sequence, id);
      let key = key_of(l);
      // The first digit has two bits, so that no shift reaches 32.
      let inside = digit == 0u || (key >> ((shift + 3u) & 31u)) == prefix;
      if (key >= least && inside) {
        sums[(key >> shift) & 7u] += select(exp((l - top) / params.temperature), 1.0, count > 0.0);
      }
    }
    for (var d = 0u; d < DIGITS; d++) {
      partial[d * LANES + lane] = sums[d];
    }
    workgroupBarrier();
    for (var stride = LANES / 2u; stride > 0u; stride /= 2u) {
      if (lane < stride) {
        for (var d = 0u; d < DIGITS; d++) {
          partial[d * LANES + lane] += partial[d * LANES + lane + stride];
        }
      }
      workgroupBarrier();
    }
    if (digit == 0u && count == 0.0) {
      for (var d = 0u; d < DIGITS; d++) {
        wanted += share * partial[d * LANES];
      }
    }
    var found = 0u;
    var reached = false;
    for (var down = 0u; down < DIGITS; down++) {
      let d = DIGITS - 1u - down;
      let sum = partial[d * LANES];
      if (!reached && sum > 0.0) {
        // Rounding may leave the sum short of what is wanted: then the last digit that holds anything is right.
        found = d;
        if (above + sum >= wanted) {
          reached = true;
        } else {
          above += sum;
        }
      }
    }
    if (!reached) {
      above -= partial[found * LANES];
    }
    prefix = (prefix << 3u) | found;
    workgroupBarrier();
  }
  return prefix;
}

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let sequence = workgroup.x;
  var best_key = 0u;
  var best_id = 0u;
  for (var id = lane; id < params.vocab; id += LANES) {
    let key = key_of(logit(sequence, id));
    if (key > best_key) {
      best_key = key;
      best_id = id;
    }
  }
  best_keys[lane] = best_key;
  best_ids[lane] = best_id;
  workgroupBarrier();
  for (var stride = LANES / 2u; stride > 0u; stride /= 2u) {
    if (lane < stride) {
      let other = best_keys[lane + stride];
      let other_id = best_ids[lane + stride];
      if (other > best_keys[lane] || (other == best_keys[lane] && other_id < best_ids[lane])) {
        best_keys[lane] = other;
        best_ids[lane] = other_id;
      }
    }
    workgroupBarrier();
  }
  if (lane == 0u) {
    choice = best_ids[0];
  }
  let first = workgroupUniformLoad(&best_ids[0]);

  if (params.temperature > 0.0) {
    let top = logit(sequence, first);
    var least = 0u;
    if (params.top_k > 0u && params.top_k < params.vocab) {
      least = threshold(sequence, lane, top, 0u, 0.0, f32(params.top_k));
    }
    if (params.top_p < 1.0) {
      least = max(least, threshold(sequence, lane, top, least, params.top_p, 0.0));
    }
    if (params.min_p > 0.0) {
      least = max(least, key_of(top + params.temperature * log(params.min_p)));
    }
    var sum = 0.0;
    for (var id = lane; id < params.vocab; id += LANES) {
      let l = logit(sequence, id);
      if (key_of(l) >= least) {
        sum += exp((l - top) / params.temperature);
      }
    }
    partial[lane] = sum;
    workgroupBarrier();
    if (lane == 0u) {
      let at = run[1u + sequence];
      var total = 0.0;
      for (var i = 0u; i < LANES; i++) {
        total += partial[i];
      }
      // 24 random bits: a float in [0, 1).
      var left = total * f32(random_word(at.x + at.y, sequence) >> 8u) / 16777216.0;
      var owner = 0u;
      for (var i = 0u; i < LANES; i++) {
        if (partial[i] > 0.0) {
          owner = i;
          if (left < partial[i]) {
            break;
          }
          left -= partial[i];
        }
      }
      chosen_lane = owner;
      remaining = left;
    }
    workgroupBarrier();
    if (lane == chosen_lane) {
      var left = remaining;
      for (var id = lane; id < params.vocab; id += LANES) {
        let l = logit(sequence, id);
        if (key_of(l) >= least) {
          choice = id;
          let w = exp((l - top) / params.temperature);
          if (left < w) {
            break;
          }
          left -= w;
        }
      }
    }
    workgroupBarrier();
  }

  if (lane == 0u) {
    var ended = drawn[sequence] == ENDED;
    for (var i = 0u; i < params.stops; i++) {
      ended = ended || stop_ids[i] == choice;
    }
    let at = run[1u + sequence];
    run[1u + sequence] = vec4<u32>(at.x + at.y, select(1u, 0u, ended), 0u, 0u);
    drawn[sequence] = select(choice, ENDED, ended);
    if (!ended) {
      tokens[sequence] = choice;
      seen[sequence * ((params.vocab + 31u) / 32u) + choice / 32u] |= 1u << (choice % 32u);
    }
  }
}
`

export function compileSample(device: GPUDevice): Promise<StaticKernel> {
  const storage = 'storage'
  return compileStatic(device, 'sample', code, ['uniform', 'read-only-storage', 'read-only-storage', storage, storage, storage, storage])
}
