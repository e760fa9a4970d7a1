import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ForeignFolderError, writePackage } from '../../src/emit/host-write.ts'

const packageJson = JSON.stringify({ name: 'x', files: ['index.js', 'kernels'], gdnc: { version: '0.1.0' } })
const files = (text: string) =>
  new Map([
    ['index.js', text],
    ['kernels/a.wgsl', 'fn main() {}'],
    ['package.json', packageJson],
  ])

let base = ''
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'gdnc-write-'))
})
afterEach(() => rmSync(base, { recursive: true, force: true }))

/** Every file below, to see that nothing stays behind. */
const tree = (): string[] =>
  readdirSync(base, { recursive: true })
    .map(String)
    .filter((path) => !path.endsWith('kernels'))
    .sort()

describe('writing a package', () => {
  it('makes the folder and those above it', () => {
    expect(writePackage(join(base, 'a/b'), files('1'))).toBe(true)
    expect(readFileSync(join(base, 'a/b/kernels/a.wgsl'), 'utf8')).toBe('fn main() {}')
    expect(tree()).toEqual(['a', 'a/b', 'a/b/index.js', 'a/b/kernels/a.wgsl', 'a/b/package.json'])
  })

  it('replaces a package as a whole', () => {
    writePackage(join(base, 'p'), new Map([...files('1'), ['kernels/old.wgsl', '']]))
    expect(writePackage(join(base, 'p'), files('2'))).toBe(true)
    expect(tree()).toEqual(['p', 'p/index.js', 'p/kernels/a.wgsl', 'p/package.json'])
    expect(readFileSync(join(base, 'p/index.js'), 'utf8')).toBe('2')
  })

  it('leaves one alone that is the same', () => {
    writePackage(join(base, 'p'), files('1'))
    expect(writePackage(join(base, 'p'), files('1'))).toBe(false)
  })

  it('takes an empty folder, and a link to one', () => {
    mkdirSync(join(base, 'real'))
    symlinkSync(join(base, 'real'), join(base, 'link'))
    writePackage(join(base, 'link'), files('1'))
    expect(readFileSync(join(base, 'real/index.js'), 'utf8')).toBe('1')
    expect(readFileSync(join(base, 'link/index.js'), 'utf8')).toBe('1')
  })

  it.each([
    ['a folder of something else', () => writeFileSync(join(base, 'p/notes.txt'), 'mine')],
    ['a package of somebody else', () => writeFileSync(join(base, 'p/package.json'), '{"name":"mine","files":[]}')],
    ['a package.json that is no JSON', () => writeFileSync(join(base, 'p/package.json'), '{')],
  ])('refuses %s', (_, prepare) => {
    mkdirSync(join(base, 'p'))
    prepare()
    const before = tree()
    expect(() => writePackage(join(base, 'p'), files('1'))).toThrow(ForeignFolderError)
    expect(tree()).toEqual(before)
  })

  it('refuses a package to which files were added, and names them', () => {
    writePackage(join(base, 'p'), files('1'))
    writeFileSync(join(base, 'p/notes.txt'), 'mine')
    expect(() => writePackage(join(base, 'p'), files('2'))).toThrow('p holds files that gdnc did not write: notes.txt')
    expect(readFileSync(join(base, 'p/index.js'), 'utf8')).toBe('1')
  })

  it('refuses a file in its place', () => {
    writeFileSync(join(base, 'p'), 'mine')
    expect(() => writePackage(join(base, 'p'), files('1'))).toThrow(ForeignFolderError)
    expect(readFileSync(join(base, 'p'), 'utf8')).toBe('mine')
  })

  it.each(['../evil', '/etc/evil', 'a/../../evil', 'C:\\evil', ''])('never leaves the folder: %j', (path) => {
    expect(() => writePackage(join(base, 'p'), new Map([[path, 'x']]))).toThrow('cannot be a file of a package')
    expect(tree()).toEqual([])
  })

  it('leaves nothing behind when it fails', () => {
    writePackage(join(base, 'p'), files('1'))
    // A file where a folder is needed: the second write fails.
    const broken = new Map([...files('2'), ['index.js/x', 'y']])
    const before = tree()
    expect(() => writePackage(join(base, 'p'), broken)).toThrow()
    expect(tree()).toEqual(before)
    expect(readFileSync(join(base, 'p/index.js'), 'utf8')).toBe('1')
    expect(() => writePackage(join(base, 'new/deep'), broken)).toThrow()
    expect(existsSync(join(base, 'new'))).toBe(false)
  })

  it.skipIf(process.getuid?.() === 0)('says so when the folder above is not writable', () => {
    mkdirSync(join(base, 'locked'))
    chmodSync(join(base, 'locked'), 0o500)
    expect(() => writePackage(join(base, 'locked/p'), files('1'))).toThrow(/EACCES/)
  })
})
