import { reshapedShape } from '../body.ts'
import type { Op } from '../op.ts'
import { fullShape } from '../tensor.ts'
import { expectInputs } from './rule.ts'

/** `reshape {shape}` of the feature axes. */
export const reshape: Op = {
  name: 'reshape',
  infer(inputs, attrs) {
    expectInputs(inputs, 1)
    const [x] = inputs as [(typeof inputs)[number]]
    return { ...x, shape: reshapedShape(x.shape, attrs) }
  },
  evaluate: (context, node, [x]) => ({
    dtype: node.type.dtype,
    shape: fullShape(node.type, context.extent),
    data: x?.data ?? new Float64Array(),
  }),
  flops: () => 0,
}
