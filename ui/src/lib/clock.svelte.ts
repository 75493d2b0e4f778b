// One ticking clock for all countdowns.
class Clock {
  now = $state(Date.now());
}
export const clock = new Clock();
setInterval(() => (clock.now = Date.now()), 1000);
