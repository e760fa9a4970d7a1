import { create } from 'webgpu'
import { TinyHybrid } from './model/index.js'

const model = await TinyHybrid.create({ gpu: create([]), weights: { seed: 1 } })
const session = model.session()
await session.prefill([1, 2, 3])
for await (const id of session.generate({ maxTokens: 16, temperature: 1, seed: 7 })) console.log(id)
model.dispose()
