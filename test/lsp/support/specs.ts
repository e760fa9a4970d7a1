export const gate = 'file:///specs/parts/gate.gdn'
export const model = 'file:///specs/model.gdn'
export const use = 'file:///specs/other/use.gdn'

/** A workspace of three files: a layer, a model that uses it, and an application of the model. */
export const specs = {
  [gate]: `gdn 1

layer Gate(width: size) {
  in x: f32[B, T, d]
  weight gain: f32[d] init ones
  h = linear(x, width) as up
  out peak = h
  out x * gain + (linear(silu(h), d) as down)
}

layer unused {
  in x: f32[.., d]
  out x
}
`,
  [model]: `gdn 1

import Gate from "./parts/gate.gdn"

model Base(d: size = 6, classes: size = 3) {
  dim B: batch
  dim T: time
  input x: f32[B, T, d]
  output y: f32[B, T, classes]
  g = Gate(x, width: 8) as gate
  y = linear(g, classes) as head + linear(g.peak, classes) as top
}

model Small = Base(d: 4)

checkpoint Base from safetensors {
  "gate.gain" <- "gain"
  "gate.{p=up|down}.weight" <- "{p}.weight"
  "head.weight" <- "head.weight"
  "top.weight" <- "top.weight"
  expect "hidden_size" == d
}
`,
  [use]: `gdn 1

import Gate as Wide from "../parts/gate.gdn"
import Small from "../model.gdn"

model Two = Small(classes: 2)

model Other {
  dim B: batch
  dim T: time
  input x: f32[B, T, 5]
  output y: f32[B, T, 5]
  y = Wide(x, width: 7)
}
`,
} as const satisfies Record<string, string>

/** The text of one of them by any URI. */
export const textOfSpec = (uri: string): string => (specs as Record<string, string>)[uri] ?? ''
