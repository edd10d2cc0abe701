// From the navigation to the first authenticated answer: a new profile and a new page each time, with a kept session.
import assert from "node:assert/strict";
import { CANDIDATES, rotated } from "../candidates.mjs";
import { above, summary } from "../statistics.mjs";
import { keepSession } from "../world.mjs";

export async function coldStart(world, { rounds }) {
  const server = await world.server();
  const times = Object.fromEntries(CANDIDATES.map(({ name }) => [name, { navigation: [], script: [] }]));
  // The first round warms the browser up.
  for (let round = 0; round <= rounds; round += 1) {
    for (const { name } of rotated(CANDIDATES, round)) {
      const { began, answered } = await once(world, server, name);
      if (round === 0) continue;
      times[name].navigation.push(answered);
      times[name].script.push(answered - began);
    }
  }
  await server.stop();
  const rows = Object.entries(times).map(([name, { navigation, script }]) => {
    const added = summary(above(times.bare.navigation, navigation)).median;
    return [name, { navigation: summary(navigation), script: summary(script), added }];
  });
  return Object.fromEntries(rows);
}

async function once(world, server, name) {
  const context = await world.context();
  await keepSession(context, server, name);
  const page = await context.newPage();
  await page.goto(`${server.origin}/cold/${name}.html`);
  const times = await page.evaluate(() => cold);
  assert.equal(times.user, "demo", `${name} was answered as somebody signed in`);
  await context.close();
  return times;
}
