import { noWebGpu } from '../diagnostics/catalogue/cli.ts'
import { bytes } from '../util/units.ts'
import type { DoctorOptions } from './doctor.ts'
import { exit } from './exit.ts'
import type { Host } from './host.ts'
import { printJson } from './output.ts'
import { ownVersion } from './version.ts'

/** Says what there is. That there is no WebGPU is an error. */
export async function doctor(host: Host, _: readonly string[], { json }: DoctorOptions): Promise<number> {
  const findings = await examine(host)
  const { webgpu } = findings
  const diagnostics = webgpu.available ? [] : [noWebGpu.at(undefined, { reason: webgpu.reason })]
  if (json === true) printJson(host, diagnostics, new Map(), findings)
  else host.stdout.write(findingsText(findings))
  return webgpu.available ? exit.ok : exit.diagnostics
}

/** What `gdnc doctor` finds. */
interface Findings {
  readonly gdnc: string
  readonly node: string
  readonly platform: string
  readonly webgpu:
    | { readonly available: false; readonly reason: string; readonly advice: string }
    | {
        readonly available: true
        readonly adapter: { readonly vendor: string; readonly architecture: string; readonly device: string; readonly description: string }
        /** Whether the adapter is a program on the CPU, and so slow. */
        readonly software: boolean
        readonly features: readonly string[]
        readonly limits: Readonly<Record<string, number>>
        /** Whether the smallest device profile fits. */
        readonly portable: boolean
      }
}

/** What every package needs: the limits that each WebGPU device has. */
const baseline: Readonly<Record<string, number>> = {
  maxComputeWorkgroupStorageSize: 16_384,
  maxComputeInvocationsPerWorkgroup: 256,
  maxStorageBuffersPerShaderStage: 8,
  maxStorageBufferBindingSize: 128 * 2 ** 20,
  maxBufferSize: 256 * 2 ** 20,
}

async function examine(host: Host): Promise<Findings> {
  const versions = { gdnc: ownVersion(), node: process.version, platform: `${process.platform} ${process.arch}` }
  let gpu: GPU
  try {
    gpu = await host.gpu()
  } catch (error) {
    const reason = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error)
    return { ...versions, webgpu: { available: false, reason, advice: 'npm install webgpu' } }
  }
  const adapter = await gpu.requestAdapter()
  if (adapter === null) {
    const advice =
      process.platform === 'linux'
        ? 'install a Vulkan driver (for the CPU: mesa-vulkan-drivers, with libvulkan1)'
        : 'update the graphics driver'
    return { ...versions, webgpu: { available: false, reason: 'WebGPU found no adapter', advice } }
  }
  const { vendor, architecture, device, description } = adapter.info
  const limits = limitsOf(adapter.limits)
  const text = `${vendor} ${architecture} ${device} ${description}`
  return {
    ...versions,
    webgpu: {
      available: true,
      adapter: { vendor, architecture, device, description },
      software:
        /swiftshader|llvmpipe|lavapipe|software|cpu|basic render/i.test(text) ||
        (adapter.info as { isFallbackAdapter?: boolean }).isFallbackAdapter === true,
      features: [...adapter.features].map(String).sort(),
      limits,
      portable: Object.entries(baseline).every(([name, least]) => (limits[name] ?? 0) >= least),
    },
  }
}

/** The limits are getters of the prototype: `Object.keys` sees none of them. */
function limitsOf(limits: GPUSupportedLimits): Record<string, number> {
  const found: Record<string, number> = {}
  for (const name in limits) {
    const value: unknown = limits[name as keyof GPUSupportedLimits]
    if (typeof value === 'number') found[name] = value
  }
  return Object.fromEntries(Object.entries(found).sort(([a], [b]) => (a < b ? -1 : 1)))
}

function findingsText({ gdnc, node, platform, webgpu }: Findings): string {
  const lines = [`gdnc      ${gdnc}`, `node      ${node}, ${platform}`]
  if (!webgpu.available) return `${[...lines, `webgpu    not available: ${webgpu.reason}`, `          try: ${webgpu.advice}`].join('\n')}\n`
  const { vendor, architecture, device, description } = webgpu.adapter
  const name = description || [vendor, architecture, device].filter((part) => part !== '').join(' ') || 'unnamed'
  lines.push(
    `webgpu    ${name} (${webgpu.software ? 'software' : 'hardware'})`,
    `features  ${webgpu.features.join(', ') || 'none'}`,
    'limits',
    ...Object.entries(baseline).map(([limit, least]) => {
      const found = webgpu.limits[limit] ?? 0
      const shown = (value: number): string => (limit.endsWith('Size') ? bytes(value) : String(value))
      return `  ${limit.padEnd(34)} ${shown(found).padStart(9)}${found < least ? `, expected at least ${shown(least)}` : ''}`
    }),
    webgpu.portable ? 'Every package for the portable profile runs here.' : 'Packages for the portable profile do not run here.',
  )
  if (webgpu.software) lines.push('A software adapter computes right, but slowly.')
  return `${lines.join('\n')}\n`
}
