import { readFileSync } from 'node:fs'
import { afterAll, expect, it } from 'vitest'
import { emitted } from '../emit/support/emitted.ts'
import { exampleModel } from '../support/spec.ts'
import { node, project, root, tool } from './support/project.ts'

const app = project(emitted(exampleModel('dim_gesture.gdn', 'DiMGesture')))
afterAll(() => app[Symbol.dispose]())

it('the example around a generated class takes that class, as its first lines say', () => {
  const example = readFileSync(`${root}examples/dim_gesture.ts`, 'utf8')
  const snippet = [...example.matchAll(/^ \* {5}(.*)$/gm)].map(([, line]) => line)
  expect(snippet[0]).toContain(`from '${JSON.parse(readFileSync(`${app.installed}/package.json`, 'utf8')).name}'`)
  app.write('dim_gesture.ts', example)
  app.write(
    'app.ts',
    `import { sampleGestures } from './dim_gesture.ts'\ndeclare const speech: Float32Array\n${snippet.join('\n')}\nexport { poses }\n`,
  )
  const options = { target: 'es2024', module: 'nodenext', noEmit: true, strict: true, allowImportingTsExtensions: true, types: [] }
  const lib = ['es2024', 'esnext.disposable', 'dom', 'dom.iterable', 'dom.asynciterable']
  app.write('tsconfig.json', JSON.stringify({ compilerOptions: { ...options, lib }, files: ['app.ts'] }))
  expect(node([tool('typescript/bin/tsc'), '-p', 'tsconfig.json', '--pretty', 'false'], app.folder).stdout).toBe('')
})
