#!/usr/bin/env node
import { processIo } from './process-io.ts';
import { runProgram } from './program.ts';

// not process.exit(): what is on its way to a pipe would be lost
process.exitCode = await runProgram(process.argv.slice(2), processIo());
