/** Layers whose weights are matrices in a recurrence's body, matrices of products, a bank, a table and vectors: all that a weight buffer can hold. */
export const crowded = `gdn 1
model Crowded {
  dim B: batch
  dim T: time
  input tokens: u32[B, T]
  output logits: f32[B, T, 61]
  stack {
    embedding(61, 12) as embed
    repeat 2 { Single(rg_lru(2) as mixer) }
    Single(moe(5, 2, swiglu(9)) as mixer) as routed
    linear(61) as head
  }
}`
