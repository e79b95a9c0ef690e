import { randomInt } from 'node:crypto'
import type { Bilingual, Language } from './languages.ts'
import { present } from './present.ts'

// Two words of ours that a person and a service both see (CIBA Core 1.0, section 7.1, `binding_message`): the names of things, short, that
// are read aloud without spelling, and of which none sounds like another one. A number would be taken for a code to be typed.

const pairs = `
abeille bee|abricot apricot|aigle eagle|ananas pineapple|ancre anchor|anneau ring|arbre tree|armoire wardrobe|assiette plate
aubergine eggplant|autruche ostrich|avion airplane|balai broom|balcon balcony|banane banana|barque rowboat|berceau cradle
betterave beetroot|bicyclette bicycle|bison bison|bouclier shield|bougie candle|boussole compass|brioche brioche|brocoli broccoli
brouette wheelbarrow|cabane cabin|cactus cactus|cadenas padlock|camion truck|canard duck|canot canoe|cardinal cardinal
caribou caribou|carotte carrot|cascade waterfall|casserole saucepan|castor beaver|cerf-volant kite|cerise cherry|chaise chair
chandail sweater|chapeau hat|chouette owl|cigogne stork|citron lemon|citrouille pumpkin|clarinette clarinet|cloche bell|coccinelle ladybug
coquillage seashell|corbeau raven|coussin pillow|crabe crab|crayon pencil|crocodile crocodile|cuiller spoon|cygne swan
dauphin dolphin|domino domino|dragon dragon|drapeau flag|escalier stairway|escargot snail|fauteuil armchair
fenouil fennel|flamant flamingo|fontaine fountain|fougère fern|fourchette fork|fourmi ant|framboise raspberry|fromage cheese|fusée rocket
gâteau cake|girafe giraffe|glacier glacier|globe globe|gorille gorilla|grenouille frog|guitare guitar|hamac hammock|hamster hamster
harmonica harmonica|hélice propeller|hérisson hedgehog|hibiscus hibiscus|homard lobster|horloge clock|huître oyster|igloo igloo|île island
jardin garden|jonquille daffodil|jumelles binoculars|kangourou kangaroo|kiwi kiwi|koala koala|lama llama|lampe lamp|lanterne lantern
lavande lavender|lézard lizard|licorne unicorn|lilas lilac|limonade lemonade|losange diamond|loupe magnifier|loutre otter|mangue mango
marguerite daisy|marmotte marmot|marteau hammer|médaille medal|méduse jellyfish|melon melon|miroir mirror|moufette skunk|moulin windmill
moustique mosquito|muguet lily|narval narwhal|navette shuttle|nénuphar waterlily|noisette hazelnut|nuage cloud|oignon onion|olive olive
orange orange|orignal moose|palmier palm|panda panda|panier basket|papillon butterfly|parachute parachute|parapluie umbrella|peigne comb
pélican pelican|phare lighthouse|phoque seal|piano piano|pieuvre octopus|pinceau paintbrush|pingouin penguin|piscine pool
pissenlit dandelion|planète planet|plume feather|poireau leek|poivron pepper|pouce thumb|puzzle puzzle|pyramide pyramid|quille skittle
radis radish|raquette snowshoe|rhubarbe rhubarb|rivière river|robinet faucet|robot robot|sablier hourglass|salade salad|sandale sandal
sapin spruce|saumon salmon|sauterelle grasshopper|savon soap|saxophone saxophone|sifflet whistle|soleil sun|sorbet sherbet
sous-marin submarine|statue statue|tabouret stool|tambour drum|tapis carpet|télescope telescope|théière teapot|tigre tiger|tomate tomato
tonnerre thunder|tortue turtle|toucan toucan|tournesol sunflower|tracteur tractor|traîneau sled|trampoline trampoline|trèfle clover
trompette trumpet|truite trout|tulipe tulip|tunnel tunnel|valise suitcase|vanille vanilla|violon violin|volcan volcano|wagon caboose
xylophone xylophone|yogourt yogurt|zèbre zebra
`

/** Each word in both languages. */
export const bindingWords: readonly Bilingual[] = pairs
  .trim()
  .split(/[|\n]/)
  .map((pair) => {
    const [fr = '', en = ''] = pair.split(' ')
    return { fr, en }
  })

/** Draws two words that are not the same. */
export function drawWords(): Bilingual {
  const first = randomInt(bindingWords.length)
  const second = (first + 1 + randomInt(bindingWords.length - 1)) % bindingWords.length
  const together = (language: Language) =>
    [first, second].map((at) => present(bindingWords[at], 'a word')[language]).join(' ')
  return { fr: together('fr'), en: together('en') }
}
