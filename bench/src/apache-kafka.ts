import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, stat, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { waitFor } from '@sluice/testing';
import { Kafka, logLevel } from 'kafkajs';
import { freePort } from './processes.ts';

const VERSION = '4.1.0';
const run = promisify(execFile);

export interface ApacheKafka extends AsyncDisposable {
  readonly bootstrap: string;
}

/**
 * One Apache Kafka broker in KRaft mode, from its own jars on Maven Central, kept in the user's cache between runs.
 * @returns undefined where Maven or Java are not at hand
 */
export async function startApacheKafka(dataDirectory: string): Promise<ApacheKafka | undefined> {
  const libs = await fetchJars();
  if (!libs) return undefined;
  const [port, controllerPort] = [await freePort(), await freePort()];
  const properties = join(dataDirectory, 'server.properties');
  await mkdir(dataDirectory, { recursive: true });
  await writeFile(properties, settings(dataDirectory, port, controllerPort));
  const java = ['-Xmx1g', '-cp', `${libs}/*`];
  await run('java', [
    ...java,
    'kafka.tools.StorageTool',
    'format',
    '--ignore-formatted',
    '-t',
    '4L6g3nShT-eMCtK--X86sw',
    '-c',
    properties,
  ]);
  const child = spawn('java', [...java, 'kafka.Kafka', properties], { stdio: 'ignore' });
  const bootstrap = `127.0.0.1:${port}`;
  const admin = new Kafka({ brokers: [bootstrap], logLevel: logLevel.NOTHING }).admin();
  await waitFor('Apache Kafka', () => admin.connect().then(() => true), { timeoutMs: 60_000 });
  await admin.disconnect();
  return {
    bootstrap,
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await once(child, 'exit');
    },
  };
}

async function fetchJars(): Promise<string | undefined> {
  const folder = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'sluice', `kafka-${VERSION}`);
  const libs = join(folder, 'libs');
  if (await stat(join(folder, 'complete')).catch(() => undefined)) return libs;
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'pom.xml'), pom());
  try {
    await run('mvn', ['-q', '-B', 'dependency:copy-dependencies', `-DoutputDirectory=${libs}`], { cwd: folder });
    await run('java', ['-version']);
  } catch {
    return undefined;
  }
  await writeFile(join(folder, 'complete'), '');
  return libs;
}

function pom(): string {
  const dependency = (group: string, artifact: string, version: string): string =>
    `<dependency><groupId>${group}</groupId><artifactId>${artifact}</artifactId><version>${version}</version></dependency>`;
  return `<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
<groupId>bench</groupId><artifactId>kafka</artifactId><version>1</version><dependencies>
${dependency('org.apache.kafka', 'kafka_2.13', VERSION)}
${dependency('org.slf4j', 'slf4j-nop', '1.7.36')}
</dependencies></project>`;
}

function settings(dataDirectory: string, port: number, controllerPort: number): string {
  return [
    'process.roles=broker,controller',
    'node.id=1',
    `controller.quorum.voters=1@127.0.0.1:${controllerPort}`,
    `listeners=PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}`,
    `advertised.listeners=PLAINTEXT://127.0.0.1:${port}`,
    'controller.listener.names=CONTROLLER',
    'listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
    `log.dirs=${join(dataDirectory, 'logs')}`,
    'offsets.topic.replication.factor=1',
    'offsets.topic.num.partitions=1',
    'transaction.state.log.replication.factor=1',
    'transaction.state.log.min.isr=1',
    'group.initial.rebalance.delay.ms=0',
  ].join('\n');
}
