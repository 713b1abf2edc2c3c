import type { AutocompleteInteraction } from 'discord.js';
import { plainLine } from './sanitize.ts';
import type { Service } from './service.ts';

const MOST_CHOICES = 25;
/** Of a choice, and of what it stands for. */
const LONGEST_CHOICE = 100;

/** Suggests what may stand in an input, as far as it may be known where it is typed. Never rejects. */
export async function suggest(service: Service, interaction: AutocompleteInteraction): Promise<void> {
  try {
    const { name, value } = interaction.options.getFocused(true);
    const command = service.commands.find(({ name: own }) => own === interaction.commandName);
    const place = await service.whereabouts.ofInteraction(interaction);
    const found = (await command?.suggest?.(name, value, place)) ?? [];
    // What is cut would stand for something else.
    const choices = found.filter((text) => text.length <= LONGEST_CHOICE).slice(0, MOST_CHOICES);
    await interaction.respond(choices.map((text) => ({ name: plainLine(text, LONGEST_CHOICE), value: text })));
  } catch (error) {
    // Discord shows that there is nothing to choose from; the next letter asks again.
    service.log.debug('Suggestions could not be given', { error });
  }
}
