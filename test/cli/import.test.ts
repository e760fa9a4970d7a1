import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { goldenModelFolder } from '../support/golden.ts'
import { writeSafetensors } from '../support/safetensors.ts'
import { type Place, place } from './support/gdnc.ts'

const golden = goldenModelFolder('mistral')
const config = JSON.parse(readFileSync(join(golden, 'config.json'), 'utf8')) as Record<string, unknown>

/** The tensors of the checkpoint as they lie in its file. */
function tensorsOf(path: string) {
  const file = readFileSync(path)
  const end = 8 + Number(file.readBigUInt64LE(0))
  const header = JSON.parse(file.toString('utf8', 8, end)) as Record<
    string,
    { dtype: string; shape: number[]; data_offsets: [number, number] }
  >
  return Object.entries(header).flatMap(([name, { dtype, shape, data_offsets: [from, to] = [0, 0] }]) =>
    name === '__metadata__' ? [] : [[name, { dtype, shape, bytes: Uint8Array.from(file.subarray(end + from, end + to)) }] as const],
  )
}
const tensors = tensorsOf(join(golden, 'model.safetensors'))

/** A folder `folder` with this config.json and one safetensors file. */
function checkpoint(changes: Record<string, unknown> = {}, content: Uint8Array | string = writeSafetensors(tensors)): Place {
  const here = place({ 'folder/config.json': JSON.stringify({ ...config, ...changes }) })
  here.write('folder/model.safetensors', content)
  return here
}

describe('gdnc import', () => {
  it('is refused with a message and an exit code', async () => {
    using here = checkpoint({ model_type: 'other' })
    const { code, stdout, stderr } = here.gdnc('import', 'folder')
    expect([code, stdout]).toEqual([1, ''])
    expect(stderr).toMatch(/^error GDN6004 {2}no importer knows the family "other"; expected one of .*\bfalcon_h1\b/)
    expect(here.gdnc('import')).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringContaining("missing required argument 'folder'"),
    })
  })

  it('writes the spec to stdout, which checks and is formatted', async () => {
    using here = place()
    const { code, stdout, stderr } = here.gdnc('import', golden)
    expect([code, stderr]).toEqual([0, ''])
    expect(stdout).toMatch(/^gdn 1\n[\s\S]*\nmodel \w+[\s\S]*\ncheckpoint \w+ from safetensors \{\n[\s\S]*\}\n$/)
    here.write('model.gdn', stdout)
    expect((await here.here('check', 'model.gdn')).stdout).toMatch(/^model\.gdn: no errors, model \w+\n$/)
    expect((await here.here('format', '--check', 'model.gdn')).code).toBe(0)
  })

  it('writes it to a file that is not there yet, and says so', async () => {
    using here = place()
    const first = here.gdnc('import', golden, '--out', 'specs/mistral.gdn')
    expect(first).toMatchObject({ code: 0, stderr: '' })
    expect(first.stdout).toMatch(/^wrote specs\/mistral\.gdn, model \w+\n$/)
    const spec = readFileSync(join(here.folder, 'specs/mistral.gdn'), 'utf8')
    expect(spec).toBe((await here.here('import', golden)).stdout)
    here.write('specs/mistral.gdn', 'mine')
    const again = await here.here('import', golden, '--out', 'specs/mistral.gdn')
    expect([again.code, again.stdout]).toEqual([1, ''])
    expect(again.stderr).toContain('GDN9010')
    expect(readFileSync(join(here.folder, 'specs/mistral.gdn'), 'utf8')).toBe('mine')
  })

  it('gives JSON with the spec, or with the file', async () => {
    using here = place()
    const plain = JSON.parse((await here.here('import', golden, '--json')).stdout) as { spec: string; model: string }
    expect(plain).toMatchObject({ errors: 0, warnings: 0, diagnostics: [] })
    expect(plain.spec).toContain(`model ${plain.model}`)
    const written = JSON.parse((await here.here('import', golden, '--out', 'm.gdn', '--json')).stdout) as object
    expect(written).toMatchObject({ errors: 0, model: plain.model, written: ['m.gdn'] })
    expect(written).not.toHaveProperty('spec')
  })

  it('reads the headers of several files through their index', async () => {
    using here = place({ 'folder/config.json': JSON.stringify(config) })
    const [one, two] = [tensors.filter((_, i) => i % 2 === 0), tensors.filter((_, i) => i % 2 === 1)]
    const [first, second] = ['model-00001-of-00002.safetensors', 'model-00002-of-00002.safetensors']
    here.write(`folder/${first}`, writeSafetensors(one))
    here.write(`folder/${second}`, writeSafetensors(two))
    const map = Object.fromEntries([...one.map(([name]) => [name, first]), ...two.map(([name]) => [name, second])])
    here.write('folder/model.safetensors.index.json', JSON.stringify({ metadata: {}, weight_map: map }))
    expect(here.gdnc('import', 'folder')).toEqual(await here.here('import', golden))
    here.write(`folder/${second}`, writeSafetensors([...two, ...one.slice(0, 1)]))
    const twice = await here.here('import', 'folder')
    expect([twice.code, twice.stdout]).toEqual([1, ''])
    expect(twice.stderr).toContain('two files hold')
    here.write('folder/model.safetensors.index.json', JSON.stringify({ weight_map: { ...map, extra: 'model-00003-of-00002.safetensors' } }))
    expect((await here.here('import', 'folder')).stderr).toContain('model-00003-of-00002.safetensors')
  })

  it('writes a spec that the tensors do not fit, and says what does not', async () => {
    using here = checkpoint(
      {},
      writeSafetensors([...tensors.slice(1), ['model.surprise.weight', { dtype: 'F32', shape: [1], bytes: new Uint8Array(4) }]]),
    )
    const { code, stdout, stderr } = await here.here('import', 'folder', '--out', 'm.gdn')
    expect(code).toBe(1)
    expect(stdout).toMatch(/^wrote m\.gdn/)
    expect(existsSync(join(here.folder, 'm.gdn'))).toBe(true)
    expect(stderr).toContain('model.surprise.weight')
    expect(stderr).toMatch(/\n2 errors\n$/)
  })

  it('writes a spec with warnings where keys are not known', async () => {
    using here = checkpoint({ surprise: 1 })
    const { code, stdout, stderr } = await here.here('import', 'folder')
    expect([code, stdout]).toEqual([0, (await here.here('import', golden)).stdout])
    expect(stderr).toContain('GDN6007')
    expect(stderr).toContain('surprise')
  })

  it.each<[string, () => Place, string, RegExp]>([
    ['no folder', () => place(), 'GDN9001', /folder cannot be read: there is no such file or folder/],
    ['no tensors', () => place({ 'folder/config.json': '{}' }), 'GDN9005', /folder has no safetensors file/],
    ['no config.json', () => place({ 'folder/model.safetensors': '' }), 'GDN600[13]', /config\.json|safetensors/],
    [
      'a config.json that is no JSON',
      () => place({ 'folder/config.json': '{"a": ', 'folder/model.safetensors': '' }),
      'GDN6002',
      /config\.json cannot be read/,
    ],
    [
      'a config.json that is a list',
      () => place({ 'folder/config.json': '[1]', 'folder/model.safetensors': '' }),
      'GDN6002',
      /config\.json/,
    ],
    [
      'a pointer of git-lfs',
      () => checkpoint({}, 'version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n'),
      'GDN6003',
      /headers of the safetensors files cannot be read/,
    ],
    [
      'a header that is longer than the file',
      () => checkpoint({}, Uint8Array.from([255, 255, 255, 255, 255, 255, 255, 127])),
      'GDN6003',
      /headers/,
    ],
    [
      'a family that nobody knows',
      () => checkpoint({ model_type: 'other' }),
      'GDN6004',
      /no importer knows the family "other"; expected one of .*\bfalcon_h1\b/,
    ],
    ['a value of another kind', () => checkpoint({ hidden_size: { deep: [] } }), 'GDN6005', /hidden_size in config\.json is/],
    [
      'a size beyond reason',
      () => checkpoint({ num_hidden_layers: 1e300 }),
      'GDN6005',
      /num_hidden_layers in config\.json is 1e\+300, expected/,
    ],
    ['a value that changes the model', () => checkpoint({ hidden_act: 'gelu' }), 'GDN6006', /hidden_act in config\.json is "gelu"/],
  ])('refuses %s, on stderr or as JSON, and writes nothing', async (_, make, code, message) => {
    using here = make()
    const plain = await here.here('import', 'folder', '--out', 'm.gdn')
    expect([plain.code, plain.stdout]).toEqual([1, ''])
    expect(plain.stderr).toMatch(new RegExp(`error ${code}`))
    expect(plain.stderr).toMatch(message)
    expect(existsSync(join(here.folder, 'm.gdn'))).toBe(false)
    const json = await here.here('import', 'folder', '--json')
    expect([json.code, json.stderr]).toEqual([1, ''])
    expect(JSON.parse(json.stdout)).toMatchObject({ errors: 1, diagnostics: [{ code: expect.stringMatching(code), severity: 'error' }] })
  })

  it('lets no text of a file command a terminal, and none into a spec unquoted', async () => {
    const hostile = '\u001b[31m"}\nmodel Injected { }\u0007'
    for (const changes of [{ model_type: hostile }, { hidden_act: hostile }, { [hostile]: 1 }, { rope_scaling: { type: hostile } }]) {
      using here = checkpoint(changes)
      const { stdout, stderr } = await here.here('import', 'folder')
      expect(stderr).not.toBe('')
      // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
      expect(`${stdout}${stderr}`).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f]/)
      expect(stdout).not.toContain('Injected')
    }
    using here = checkpoint({}, writeSafetensors([...tensors, [hostile, { dtype: 'F32', shape: [1], bytes: new Uint8Array(4) }]]))
    const { stdout, stderr } = await here.here('import', 'folder')
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
    expect(`${stdout}${stderr}`).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f]/)
  })
})
