import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { place, tiny } from './support/gdnc.ts'

const wrong = tiny.replace('swiglu(24)', 'swiglo(24)').replace('theta: 10_000', 'theta: 10_000, windo: 3')
const control = '\u001b['

describe('gdnc', () => {
  const here = place({ 'tiny.gdn': tiny, 'wrong.gdn': wrong })
  const { gdnc } = here

  it('says its version and what it can do', () => {
    expect(gdnc('--version').stdout).toMatch(/^\d+\.\d+\.\d+\n$/)
    const { stdout, code } = gdnc('--help')
    for (const command of ['init', 'import', 'compile', 'check', 'format', 'show', 'explain', 'run', 'doctor', 'lsp'])
      expect(stdout).toContain(`  ${command}`)
    expect(code).toBe(0)
  })

  it.each([
    [['chekc', 'tiny.gdn'], "unknown command 'chekc'"],
    [['check'], "missing required argument 'specs'"],
    [['check', 'tiny.gdn', '--fix'], "unknown option '--fix'"],
    [['compile', 'tiny.gdn', '--profile', 'huge'], 'there is no profile huge, only portable'],
    [['compile', 'tiny.gdn', '--size', 'd'], "--size takes name=value, found 'd'"],
    [['compile', 'tiny.gdn', '--package-name', 'Not A Name'], 'is no name for a package'],
    [['show', 'tiny.gdn', '--stage', 'wgsl'], 'there is no stage wgsl, only model, graph and plan'],
    [['show', 'tiny.gdn', '--tokens', 'many'], "--tokens is 'many', expected a whole number"],
    [['explain', 'GDN0000'], 'there is no diagnostic GDN0000'],
    [['run', 'tiny.gdn', '--seed-weights', '1'], 'there is no prompt'],
    [['run', 'tiny.gdn', '--ids', '1', '--seed-weights', '1', '--greedy', '--top-k', '3'], '--greedy draws nothing'],
  ])('answers %j with how to use it', (args, message) => {
    const { code, stderr, stdout } = gdnc(...args)
    expect(stderr).toContain(message)
    expect(stdout).toBe('')
    expect(code).toBe(2)
  })

  it('suggests what was meant', () => {
    expect(gdnc('compil', 'tiny.gdn').stderr).toContain('Did you mean compile?')
  })
})

describe('gdnc check', () => {
  const here = place({ 'tiny.gdn': tiny, 'wrong.gdn': wrong, 'broken.gdn': 'gdn 1\nmodel {', 'sub/a.gdn': tiny })
  const { gdnc } = here

  it('says which models are right', () => {
    expect(gdnc('check', 'tiny.gdn', 'sub/a.gdn')).toEqual({
      code: 0,
      stdout: 'tiny.gdn: no errors, model Tiny\nsub/a.gdn: no errors, model Tiny\n',
      stderr: '',
    })
  })

  it('shows every mistake with its place', () => {
    const { code, stdout, stderr } = gdnc('check', 'wrong.gdn')
    expect(code).toBe(1)
    expect(stderr).toBe('')
    expect(stdout).toContain('swiglo')
    expect(stdout).toContain('wrong.gdn:14:')
    expect(stdout).toMatch(/\n\d errors?\n$/)
    expect(stdout).not.toContain(control)
  })

  it('gives JSON', () => {
    const { code, stdout } = gdnc('check', 'wrong.gdn', '--json')
    expect(code).toBe(1)
    const { errors, diagnostics, files } = JSON.parse(stdout) as {
      errors: number
      diagnostics: { code: string; range: { path: string; start: { line: number } } }[]
      files: object[]
    }
    expect(errors).toBe(diagnostics.length)
    expect(diagnostics[0]?.range).toMatchObject({ path: 'wrong.gdn', start: { line: 14 } })
    expect(files).toEqual([{ path: 'wrong.gdn', models: ['Tiny'], ok: false }])
  })

  it('gives SARIF', () => {
    const { code, stdout } = gdnc('check', 'wrong.gdn', '--sarif')
    expect(code).toBe(1)
    const log = JSON.parse(stdout) as { version: string; runs: { results: object[] }[] }
    expect(log.version).toBe('2.1.0')
    expect(log.runs[0]?.results.length).toBeGreaterThan(0)
  })

  it('says which file there is not', () => {
    const { code, stdout } = gdnc('check', 'none.gdn')
    expect(code).toBe(1)
    expect(stdout).toContain('GDN9001')
    expect(stdout).toContain('none.gdn cannot be read: there is no such file')
  })

  it('reads imports beside the file, and names them as the user would', () => {
    here.write(
      'sub/main.gdn',
      `gdn 1\n\nimport Wide from "../parts/wide.gdn"\n\n${tiny.replace('gdn 1\n\n', '').replace('PreNorm(gated', 'Wide(gated')}`,
    )
    here.write(
      'parts/wide.gdn',
      'gdn 1\n\nblock Wide(mix: layer, ffn: layer) {\n  in x: f32[B, T, d]\n  out x + mix(nonsense(x)) + ffn(x)\n}\n',
    )
    const { stdout, code } = gdnc('check', 'sub/main.gdn')
    expect(code).toBe(1)
    expect(stdout).toContain('parts/wide.gdn:5:')
  })
})

describe('gdnc format', () => {
  const messy = tiny.replace('  stack {', '  stack  {\n\n').replace('dim B: batch', 'dim   B :batch // sequences')
  const here = place({ 'messy.gdn': messy, 'tidy.gdn': tiny, 'broken.gdn': 'gdn 1\nmodel {' })
  const { gdnc } = here

  it('finds what is not formatted, and changes nothing', () => {
    const { code, stderr } = gdnc('format', '--check', 'messy.gdn')
    expect(code).toBe(1)
    expect(stderr).toContain('messy.gdn is not formatted')
    expect(readFileSync(join(here.folder, 'messy.gdn'), 'utf8')).toBe(messy)
  })

  it('formats, names what it changed, and then finds nothing more', () => {
    expect(gdnc('format', 'messy.gdn')).toMatchObject({ code: 0, stdout: 'messy.gdn\n' })
    expect(readFileSync(join(here.folder, 'messy.gdn'), 'utf8')).toContain('// sequences')
    expect(gdnc('format', '--check', 'messy.gdn').code).toBe(0)
    expect(gdnc('format', 'messy.gdn').stdout).toBe('')
  })

  it('leaves a file with mistakes alone', () => {
    const { code, stderr } = gdnc('format', 'broken.gdn')
    expect(code).toBe(1)
    expect(stderr).toContain('broken.gdn:2:')
    expect(readFileSync(join(here.folder, 'broken.gdn'), 'utf8')).toBe('gdn 1\nmodel {')
  })

  it('gives JSON', () => {
    expect(JSON.parse(gdnc('format', '--check', '--json', 'tidy.gdn').stdout)).toMatchObject({ errors: 0 })
  })
})

describe('gdnc show', () => {
  const here = place({
    'tiny.gdn': tiny,
    'two.gdn': `${tiny}\nmodel Other = Tiny(d: 24)\n\nmodel Third(n: size) {\n  dim B: batch\n  dim T: time\n  input x: f32[B, T, n]\n  output y: f32[B, T, n]\n  y = x\n}\n`,
  })
  const { gdnc } = here

  it('prints the layers', () => {
    const { code, stdout, stderr } = gdnc('show', 'tiny.gdn')
    expect(stderr).toBe('')
    expect(code).toBe(0)
    expect(stdout).toMatch(/^Tiny for the profile portable; d = 16, vocab = 32\n/)
    expect(stdout).toMatch(/layers\.0\.mix +gated_deltanet +f32\[B, T, 16\]/)
    expect(stdout).toContain('chunk (delta)')
    expect(stdout).not.toMatch(/[ \t]\n/)
  })

  it('gives JSON whose numbers add up', () => {
    const { layers } = JSON.parse(gdnc('show', 'tiny.gdn', '--json', '--tokens', '100').stdout) as {
      layers: { depth: number; parameters: number; step: number }[]
    }
    const top = layers.filter((layer) => layer.depth === 0).reduce((sum, layer) => sum + layer.parameters, 0)
    const model = JSON.parse(gdnc('show', 'tiny.gdn', '--stage', 'model').stdout) as { weights: { shape: number[] }[] }
    const weights = model.weights.reduce((sum, { shape }) => sum + shape.reduce((all, size) => all * size, 1), 0)
    expect(top).toBe(weights)
  })

  it.each(['model', 'graph', 'plan'])('prints the stage %s, and as JSON', (stage) => {
    expect(gdnc('show', 'tiny.gdn', '--stage', stage).stdout.length).toBeGreaterThan(100)
    expect(typeof JSON.parse(gdnc('show', 'tiny.gdn', '--stage', stage, '--json').stdout)).toBe('object')
  })

  it('takes sizes', () => {
    expect(gdnc('show', 'tiny.gdn', '--size', 'd=32', '--size', 'vocab=1_000').stdout).toContain('d = 32, vocab = 1000')
    const { code, stderr } = gdnc('show', 'tiny.gdn', '--size', 'width=32')
    expect(code).toBe(1)
    expect(stderr).toContain('width')
  })

  it('takes one of several models', () => {
    expect(gdnc('show', 'two.gdn').stdout).toContain('Tiny for')
    expect(gdnc('show', 'two.gdn', '--model', 'Other').stdout).toContain('d = 24')
    const { code, stderr } = gdnc('show', 'two.gdn', '--model', 'Otter')
    expect(code).toBe(1)
    expect(stderr).toContain('GDN9004')
  })
})

describe('gdnc explain', () => {
  const here = place()

  it('has a page for every code that it lists', () => {
    const listed = here
      .gdnc('explain')
      .stdout.trim()
      .split('\n')
      .map((line) => line.split(' ')[0] ?? '')
    expect(listed.length).toBeGreaterThan(50)
    const { stdout, code } = here.gdnc('explain', listed.at(-1) ?? '')
    expect(code).toBe(0)
    expect(stdout).toMatch(new RegExp(`^# ${listed.at(-1)}: `))
    expect(here.gdnc('explain', '4001').stdout).toMatch(/^# GDN4001/)
    expect(JSON.parse(here.gdnc('explain', 'gdn4001', '--json').stdout)).toMatchObject({ code: 'GDN4001', severity: 'error' })
  })
})

describe('gdnc init', () => {
  const here = place()

  it('writes a spec that is right and formatted, and an app; and replaces nothing', () => {
    expect(here.gdnc('init', 'demo')).toMatchObject({ code: 0, stderr: '' })
    expect(readdirSync(join(here.folder, 'demo')).sort()).toEqual(['app.mjs', 'model.gdn'])
    expect(here.gdnc('check', 'demo/model.gdn').code).toBe(0)
    expect(here.gdnc('format', '--check', 'demo/model.gdn').code).toBe(0)
    const again = here.gdnc('init', 'demo')
    expect(again.code).toBe(1)
    expect(again.stderr).toContain('demo/app.mjs exists already')
  })
})

describe('gdnc run', () => {
  const features =
    'gdn 1\n\nmodel Wide(n: size = 4) {\n  dim B: batch\n  dim T: time\n  input x: f32[B, T, n]\n  output y: f32[B, T, n, 2]\n  y = linear(x, [n, 2])\n}\n'
  const here = place({ 'tiny.gdn': tiny, 'wide.gdn': features })

  it.each([
    [['tiny.gdn', '--seed-weights', '1', '--ids', '99'], 1, 'GDN9009', 'token 99 is not in the vocabulary, expected ids below 32'],
    [['tiny.gdn', '--seed-weights', '1', '--ids', ' '], 2, 'error', 'the prompt is empty'],
    [['tiny.gdn', '--seed-weights', '1', '--prompt', 'words'], 1, 'GDN9006', 'has no tokenizer.json'],
    [['tiny.gdn', '--checkpoint', 'none', '--ids', '1'], 1, 'GDN9001', 'there is no such file or folder'],
    [['wide.gdn', '--seed-weights', '1', '--ids', '1'], 1, 'GDN9013', '`Wide` does not map tokens to logits'],
  ])('refuses %j before it loads anything', (args, code, diagnostic, message) => {
    const ran = here.gdnc('run', ...args)
    expect(ran.stderr).toContain(diagnostic)
    expect(ran.stderr).toContain(message)
    expect(ran.code).toBe(code)
    expect(ran.stdout).toBe('')
  })
})

describe('gdnc doctor', () => {
  const here = place()

  it('says what the machine has', () => {
    const { stdout, code } = here.gdnc('doctor', '--json')
    const { webgpu, errors } = JSON.parse(stdout) as { errors: number; webgpu: { available: boolean; limits?: Record<string, number> } }
    expect([code, errors]).toEqual(webgpu.available ? [0, 0] : [1, 1])
    if (webgpu.available) expect(webgpu.limits?.['maxComputeWorkgroupStorageSize']).toBeGreaterThanOrEqual(16_384)
  })

  it('says what is missing where there is no driver', () => {
    const { stdout, code } = here.gdncWith(
      { VK_ICD_FILENAMES: '/nowhere.json', VK_DRIVER_FILES: '/nowhere.json', LD_LIBRARY_PATH: '' },
      'doctor',
    )
    expect(code).toBe(1)
    expect(stdout).toMatch(/webgpu {4}not available: .+\n {10}try: /)
    expect(existsSync(join(here.folder, 'core'))).toBe(false)
  })
})
