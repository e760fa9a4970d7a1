import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { unpacked } from './archive.ts'

/**
 * Which Vulkan driver the tests run on; `GDNC_ADAPTER` names it.
 *
 * - `swiftshader` (default): the driver inside `@sparticuz/chromium`. Needs nothing installed. No f16, subgroups of 4.
 * - `lavapipe`: Mesa's driver, from the system. f16, subgroups of 8; runs faster, and takes a second or more to compile a kernel.
 * - `system`: whatever the Vulkan loader of the system finds, for a real GPU.
 */
export type AdapterName = 'swiftshader' | 'lavapipe' | 'system'

const icdFolders = ['/usr/share/vulkan/icd.d', '/usr/local/share/vulkan/icd.d', '/etc/vulkan/icd.d']

/** The adapter asked for by `GDNC_ADAPTER`. */
export function adapterName(asked = process.env['GDNC_ADAPTER']): AdapterName {
  if (asked === undefined || asked === '') return 'swiftshader'
  if (asked === 'swiftshader' || asked === 'lavapipe' || asked === 'system') return asked
  throw new Error(`GDNC_ADAPTER is '${asked}', expected swiftshader, lavapipe or system`)
}

/** Path of lavapipe's driver manifest, if Mesa's Vulkan drivers are installed. */
export function lavapipeManifest(): string | undefined {
  for (const folder of icdFolders) {
    if (!existsSync(folder)) continue
    const file = readdirSync(folder).find((name) => /^lvp_icd.*\.json$/.test(name))
    if (file !== undefined) return join(folder, file)
  }
  return undefined
}

/**
 * SwiftShader clears workgroup memory that a shader declares as zero with one instruction for each number, and takes a second to compile
 * them. Without this feature Dawn writes a loop, which is the same to the shader and takes some 30 ms.
 */
export const slowOnSwiftshader = 'disable-dawn-features=use_vulkan_zero_initialize_workgroup_memory_extension'

/** Dawn takes the last of equal flags, so values are joined. */
function withFlag(flags: string, flag: string): string {
  const [name, value] = flag.split('=') as [string, string]
  const all = flags.split(/\s+/).filter((one) => one !== '')
  const values = all.filter((one) => one.startsWith(`${name}=`)).flatMap((one) => one.slice(name.length + 1).split(','))
  return [...all.filter((one) => !one.startsWith(`${name}=`)), `${name}=${[...new Set([...values, value])].join(',')}`].join(' ')
}

/**
 * The environment in which a process must be *started* to see the adapter: the dynamic loader reads `LD_LIBRARY_PATH` only once,
 * so setting it inside the process that calls Dawn is too late.
 */
export function adapterEnvironment(name: AdapterName = adapterName()): Record<string, string> {
  if (name === 'system') return { GDNC_ADAPTER: name }
  if (name === 'lavapipe') {
    const manifest = lavapipeManifest()
    if (manifest === undefined) {
      throw new Error(
        `GDNC_ADAPTER is lavapipe, but no lvp_icd*.json is in ${icdFolders.join(', ')}. Install mesa-vulkan-drivers and libvulkan1 (on Debian 12 from bookworm-backports), or use GDNC_ADAPTER=swiftshader.`,
      )
    }
    return { GDNC_ADAPTER: name, VK_ICD_FILENAMES: manifest, VK_DRIVER_FILES: manifest }
  }
  const folder = unpacked('swiftshader')
  const manifest = join(folder, 'vk_swiftshader_icd.json')
  const others = (process.env['LD_LIBRARY_PATH'] ?? '').split(':').filter((path) => path !== '' && path !== folder)
  return {
    GDNC_ADAPTER: name,
    VK_ICD_FILENAMES: manifest,
    VK_DRIVER_FILES: manifest,
    LD_LIBRARY_PATH: [folder, ...others].join(':'),
    GDNC_DAWN: withFlag(process.env['GDNC_DAWN'] ?? '', slowOnSwiftshader),
  }
}
