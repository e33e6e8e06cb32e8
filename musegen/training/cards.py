"""The cards of the shipped styles, before training fills in what was learned and measured."""

from musegen.composers.parts.grid import PIANO_HANDS, QUARTET, ScoreLayout
from musegen.styles.card import SCHEMA_VERSION, StyleCard

FOLK = StyleCard(
    schema_version=SCHEMA_VERSION,
    style_id="folk",
    title="Folk tunes",
    description="Writes Irish, Scottish and American dance tunes: reels, jigs, hornpipes, waltzes, airs.",
    feed_it="A bar or more of a single melody, typed, uploaded or from the examples; or nothing at all.",
    cannot="It writes one voice without chords, stays in one key and one meter, and does not know finer notes than "
    "sixteenth triplets.",
    modes=("continue", "invent"),
    voices=("Melody",),
    meters=("4/4", "2/2", "2/4", "3/4", "6/8", "9/8", "12/8", "3/8"),
    keys=("major", "minor", "dorian", "mixolydian"),
    qpm=160.0,
    temperature=0.9,
    num_bars=16,
    composer={"name": "tune", "config": {"name": "folk-tune"}},
    network={},
    sampling={"top_p": 0.95},
    data=(
        {
            "name": "O'Neill's Music of Ireland (1903), Ryan's Mammoth Collection (1883), Aird's Airs (1782-1801)",
            "url": "https://github.com/cuthbertLab/music21",
            "licence": "The tunes are in the public domain; their ABC transcriptions come with music21 and carry no "
            "explicit open licence of their own.",
            "citation": "ABC editions distributed with music21 (M. S. Cuthbert and C. Ariza, ISMIR 2010); network and "
            "task after B. Sturm et al., arXiv:1604.08723.",
            "pieces": "",
        },
    ),
    licence="The tunes it learned from are in the public domain, so what you compose with it is yours to use.",
)
BACH = StyleCard(
    schema_version=SCHEMA_VERSION,
    style_id="bach-chorales",
    title="Bach chorales",
    description="Writes four-voice chorales: continues yours, invents new ones, or harmonises your melody.",
    feed_it="A melody to harmonise (best in a singable range, up to about two minutes), four voices to continue, or "
    "nothing.",
    cannot="It knows nothing shorter than a sixteenth, does not modulate far, sets no words, and counts every bar in "
    "one meter.",
    modes=("continue", "invent", "harmonise"),
    voices=("Soprano", "Alto", "Tenor", "Bass"),
    meters=("4/4", "3/4"),
    keys=("major", "minor"),
    qpm=84.0,
    temperature=0.8,
    num_bars=8,
    composer={"name": "chorale", "config": {}},
    network={},
    sampling={"top_p": 0.95},
    data=(
        {
            "name": "JSB Chorales, sixteenth-note version (published split)",
            "url": "https://github.com/czhuang/JSB-Chorales-dataset",
            "licence": "None stated by the repository; the music is in the public domain.",
            "citation": "N. Boulanger-Lewandowski et al., ICML 2012; C.-Z. A. Huang et al., ISMIR 2017.",
            "pieces": "",
        },
        {
            "name": "Bach chorales of music21 (repeated notes, fermatas, bars)",
            "url": "https://github.com/cuthbertLab/music21",
            "licence": "The music is in the public domain; the encodings come with music21.",
            "citation": "M. S. Cuthbert and C. Ariza, ISMIR 2010.",
            "pieces": "",
        },
    ),
    licence="Bach's chorales are in the public domain, so what you compose with it is yours to use.",
)
PIANO = StyleCard(
    schema_version=SCHEMA_VERSION,
    style_id="piano-performance",
    title="Piano performance",
    description="Plays classical piano as a pianist does, with rubato, loud and soft, and pedal.",
    feed_it="Something played on the piano: a MIDI file, a recording of your keyboard, a few bars; or nothing at all.",
    cannot="It plays freely, so the sheet is an estimate of its beats; it keeps no form for minutes and knows no bars.",
    modes=("continue", "invent"),
    voices=("Piano",),
    meters=("4/4",),
    keys=("major", "minor"),
    qpm=100.0,
    temperature=0.9,
    num_bars=16,
    composer={"name": "performance", "config": {}},
    network={},
    sampling={"top_p": 0.95},
    data=(
        {
            "name": "ASAP, performances of classical piano pieces",
            "url": "https://github.com/fosfrancesco/asap-dataset",
            "licence": "CC BY-NC-SA 4.0: not for commercial use.",
            "citation": "F. Foscarin, A. McLeod, P. Rigaux, F. Jacquemard, M. Sakai, ISMIR 2020.",
            "pieces": "",
        },
    ),
    licence="The performances it learned from may be used for non-commercial purposes only; ask yourself the same of "
    "what you compose with it before you sell it.",
)
QUARTET_STYLE = StyleCard(
    schema_version=SCHEMA_VERSION,
    style_id="string-quartet",
    title="String quartet",
    description="Writes for two violins, viola and cello: continues your music, invents new music, or arranges your "
    "melody for quartet.",
    feed_it="A melody to arrange, a few bars for one to four strings to continue, or nothing at all.",
    cannot="It keeps no form for minutes, writes no dynamics, bowings or plucked notes, and knows nothing finer than "
    "thirty-seconds and triplets of sixteenths.",
    modes=("continue", "invent", "arrange"),
    voices=tuple(part.name for part in QUARTET),
    meters=("4/4", "3/4", "2/4", "2/2", "6/8", "3/8"),
    keys=("major", "minor"),
    qpm=104.0,
    temperature=0.95,
    num_bars=16,
    composer={"name": "parts", "config": ScoreLayout(QUARTET, dynamics=False).to_config()},
    network={},
    sampling={"top_p": 0.95},
    data=(
        {
            "name": "OpenScore String Quartets, the long 19th century",
            "url": "https://github.com/OpenScore/StringQuartets",
            "licence": "Creative Commons Zero (CC0): free for any use.",
            "citation": "M. Gotham, M. Redbond, B. Bower, P. Jonas, The OpenScore String Quartet corpus, DLfM 2023.",
            "pieces": "",
        },
        {
            "name": "Quartets of Mozart and Beethoven of music21",
            "url": "https://github.com/cuthbertLab/music21",
            "licence": "The music is in the public domain; the encodings come with music21.",
            "citation": "M. S. Cuthbert and C. Ariza, ISMIR 2010.",
            "pieces": "",
        },
    ),
    licence="The quartets it learned from are in the public domain and nearly all their editions free for any use, so "
    "what you compose with it is yours to use.",
)
CHOPIN = StyleCard(
    schema_version=SCHEMA_VERSION,
    style_id="chopin",
    title="Chopin",
    description="Writes piano music after Chopin for two hands, in bars, loud and soft; the pedal follows the bass.",
    feed_it="A few bars for the piano, or a melody, to go on from; or nothing at all.",
    cannot="It keeps no form for minutes, plays strictly in time, puts the pedal by a rule, and knows nothing finer "
    "than thirty-seconds and triplets of sixteenths.",
    modes=("continue", "invent"),
    voices=tuple(part.name for part in PIANO_HANDS),
    meters=("4/4", "3/4", "2/4", "2/2", "6/8", "12/8"),
    keys=("major", "minor"),
    qpm=96.0,
    temperature=0.95,
    num_bars=16,
    composer={"name": "parts", "config": ScoreLayout(PIANO_HANDS, dynamics=True).to_config()},
    network={},
    sampling={"top_p": 0.95},
    data=(
        {
            "name": "ASAP, scores of classical piano pieces and performances of them",
            "url": "https://github.com/fosfrancesco/asap-dataset",
            "licence": "CC BY-NC-SA 4.0: not for commercial use.",
            "citation": "F. Foscarin, A. McLeod, P. Rigaux, F. Jacquemard, M. Sakai, ISMIR 2020.",
            "pieces": "",
        },
    ),
    licence="The scores and performances it learned from may be used for non-commercial purposes only; ask yourself "
    "the same of what you compose with it before you sell it.",
)
JAZZ = StyleCard(
    schema_version=SCHEMA_VERSION,
    style_id="jazz",
    title="Jazz solo",
    description="Improvises a solo over your chords, with walking bass, piano and drums behind it.",
    feed_it="A chord chart, typed or chosen; a phrase to go on from, or a melody whose chords are guessed; or nothing.",
    cannot="It counts four beats in every bar, plays one note at a time, and hears the kind of a chord but not its "
    "added tones.",
    modes=("continue", "invent"),
    voices=("Solo", "Bass", "Piano", "Drums"),
    meters=("4/4",),
    keys=("major", "minor"),
    qpm=160.0,
    temperature=0.95,
    num_bars=24,
    composer={"name": "solo", "config": {}},
    network={},
    sampling={"top_p": 0.97},
    data=(
        {
            "name": "Weimar Jazz Database, solos of 78 improvisers",
            "url": "https://jazzomat.hfm-weimar.de/",
            "licence": "Open Database License (ODbL) 1.0 as far as known; the R package that carries it says MIT.",
            "citation": "M. Pfleiderer, K. Frieler, J. Abesser, W.-G. Zaddach, B. Burkhart, Inside the Jazzomat, "
            "Schott Campus 2017.",
            "pieces": "",
        },
    ),
    licence="The database it learned from may be used freely where it is named and shared alike; what you compose with "
    "the style is music and no database, so it is yours to use.",
)
TEMPLATES = {card.style_id: card for card in (FOLK, BACH, PIANO, QUARTET_STYLE, CHOPIN, JAZZ)}
