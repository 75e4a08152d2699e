/** What RabbitMQ or its name server writes before it ends because one of its ports can't be had. */
const TAKEN = /eaddrinuse|dist_port_already_used|address already in use/i;
const TRIES = 3;

/** Starts what looks for free ports and has RabbitMQ listen on them seconds later; anew when another process has taken one by then. */
export async function onFreePorts<Started>(start: () => Promise<Started>): Promise<Started> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await start();
    } catch (error) {
      if (attempt === TRIES || !TAKEN.test(String(error))) throw error;
    }
  }
}
