import { afterAll, describe, expect, it } from 'vitest'
import { emitted } from '../emit/support/emitted.ts'
import { hybrid } from '../plan/hybrid.ts'
import { node, project } from './support/project.ts'

describe('a package in Node', () => {
  const generated = emitted(hybrid('ra'))
  const app = project(generated)
  app.link('webgpu')
  afterAll(() => app[Symbol.dispose]())

  it('runs the snippet of its README', () => {
    const [, snippet = ''] = /```js\n([\s\S]*?)```/.exec(generated.files.get('README.md') ?? '') ?? []
    app.write('snippet.js', snippet)
    const { status, stdout, stderr } = node(['snippet.js'], app.folder)
    expect(stderr).toBe('')
    expect(status).toBe(0)
    const ids = stdout.trim().split('\n').map(Number)
    expect(ids).toHaveLength(8)
    for (const id of ids) expect(id).toBeLessThan(30)
  })

  it('verifies itself on this device', () => {
    app.write(
      'verify.js',
      `import { create } from 'webgpu'
import { Hybrid } from 'hybrid'
const model = await Hybrid.create({ gpu: create(process.env.GDNC_DAWN?.split(' ') ?? []), weights: { seed: 3 } })
const report = await model.verify()
console.log(JSON.stringify(report))
model.dispose()
`,
    )
    const { stdout, stderr } = node(['verify.js'], app.folder)
    expect(stderr).toBe('')
    const report = JSON.parse(stdout) as { ok: boolean; kernels: { kernel: string; maxError: number; ok: boolean }[] }
    expect(report.kernels.filter((kernel) => !kernel.ok)).toEqual([])
    const names = new Set(report.kernels.flatMap(({ kernel }) => kernel.split('+')))
    const manifest = JSON.parse(generated.files.get('manifest.json') ?? '') as { kernels: { name: string }[] }
    expect([...names].sort()).toEqual(manifest.kernels.map(({ name }) => name).sort())
  })
})
