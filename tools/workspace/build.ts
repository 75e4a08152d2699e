import { buildableApps, buildApp } from '@heddle/local';

/** `npm run build`: every app, or those that are named, into apps/<app>/dist. */
export async function build(names: string[]): Promise<number> {
  const apps = buildableApps();
  const unknown = names.filter((name) => !apps.includes(name));
  if (unknown.length > 0) {
    console.error(`No such app: ${unknown.join(', ')}. There are: ${apps.join(', ')}.`);
    return 2;
  }
  for (const app of names.length > 0 ? names : apps) {
    const started = performance.now();
    const bytes = await buildApp(app);
    console.log(`build: ${app}, ${Math.round(bytes / 1024)} KiB in ${Math.round(performance.now() - started)} ms`);
  }
  return 0;
}
