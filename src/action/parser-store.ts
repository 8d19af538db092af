import { randomFillSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { instantiateNapiModuleSync } from '@emnapi/core';
import asyncWork from '@emnapi/core/plugins/async-work';
import threadsafe from '@emnapi/core/plugins/threadsafe-function';
import { createContext } from '@emnapi/runtime';
import type { OxcBinding } from '../exports/index.ts';

type Memory = { readonly buffer: ArrayBuffer };

/** What of it there is in every node; node's own types leave it out. */
type Wasm = {
  Memory: new (pages: { initial: number; maximum: number }) => Memory;
  Module: new (bytes: Uint8Array) => object;
};

const { WebAssembly: wasm } = globalThis as unknown as { WebAssembly: Wasm };

/** 64 MB to begin with, and all that 32 bits can address. */
const PAGES = { initial: 1024, maximum: 65_536 };

/** What an instance may have grown to before a fresh one takes over: results are freed late, or never. */
const MAX_MEMORY = 768 * 1024 * 1024;

/** Nothing of this machine is given to the parser: no files, no environment, no clock. */
const createSystem = (memory: Memory) => {
  const setWord = (at: number, value: number): void =>
    new DataView(memory.buffer).setUint32(at, value, true);
  const nothing = (count: number, size: number): number => {
    setWord(count, 0);
    setWord(size, 0);
    return 0;
  };
  return {
    random_get: (at: number, size: number): number => {
      randomFillSync(new Uint8Array(memory.buffer, at, size));
      return 0;
    },
    environ_sizes_get: nothing,
    environ_get: (): number => 0,
    fd_write: (): number => 0,
    proc_exit: (code: number): never => {
      throw new Error(`the parser has ended with ${code}`);
    },
  };
};

type Instance = { binding: OxcBinding; memory: Memory };

const createInstance = (module: object): Instance => {
  const memory = new wasm.Memory(PAGES);
  const context = createContext();
  // It would wait for the end of the process, once for each instance.
  context.suppressDestroy();
  const { napiModule } = instantiateNapiModuleSync(module, {
    context,
    asyncWorkPoolSize: 0,
    plugins: [asyncWork, threadsafe],
    overwriteImports: (imports) => ({
      ...imports,
      env: { ...imports.env, ...imports.napi, ...imports.emnapi, memory },
      wasi_snapshot_preview1: createSystem(memory),
    }),
    beforeInit: ({ instance }) => {
      for (const [name, register] of Object.entries(instance.exports)) {
        if (name.startsWith('__napi_register__')) (register as () => void)();
      }
    },
  });
  return { binding: napiModule.exports, memory };
};

/**
 * The parser of TypeScript and JavaScript as WebAssembly, the same on every runner. A text that is nested too
 * deeply for it throws, and costs it its state.
 */
export const openParser = (file: string): OxcBinding => {
  let module: object | undefined;
  let current: Instance | undefined;
  return {
    parseSync: (...question) => {
      if (current && current.memory.buffer.byteLength > MAX_MEMORY) current = undefined;
      module ??= new wasm.Module(readFileSync(file));
      current ??= createInstance(module);
      try {
        return current.binding.parseSync(...question);
      } catch (error) {
        current = undefined;
        throw error;
      }
    },
  };
};
