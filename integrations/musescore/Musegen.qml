// Musegen in MuseScore 3 and 4: the selected bars are composed again, or the music goes on after them. What comes is
// opened as another score; the one that is open stays as it is.

import QtQuick 2.9
import MuseScore 3.0
import FileIO 3.0

MuseScore {
  id: musegen
  menuPath: "Plugins.Musegen"
  description: "Composes selected bars again, or goes on after them, in a style of Musegen."
  version: "1.0"
  pluginType: "dialog"
  requiresScore: true
  width: 460
  height: 330

  property string folder: ""
  property string style: ""
  property var styles: []
  property int firstBar: 1
  property int lastBar: 1
  property int numBars: 1
  property string said: ""
  property string result: ""
  property int newBars: 8
  property string awaited: ""

  Component.onCompleted: {
    if (mscoreMajorVersion >= 4) {
      musegen.title = "Musegen";
      musegen.categoryCode = "composing-arranging-tools";
    }
  }

  onRun: {
    load();
    readSelection();
    if (folder !== "") readStyles();
    else said = "Where is Musegen? Write the folder that holds its run.py, and press Enter.";
  }

  QProcess { id: process }
  FileIO { id: settings; source: settings.homePath() + "/.musegen-musescore.json" }
  FileIO { id: probe }
  Timer { id: soon; interval: 60; onTriggered: musegen.compose(musegen.awaited) }

  function load() {
    try {
      var kept = settings.exists() ? JSON.parse(settings.read()) : {};
      folder = kept.folder || "";
      style = kept.style || "";
    } catch (error) {
      said = "The settings of the plug-in could not be read; choose folder and style again.";
    }
  }

  function keep() {
    settings.write(JSON.stringify({ folder: folder, style: style }));
  }

  // Bars count as they are printed: a pickup is bar 0.
  function readSelection() {
    var measures = [];
    for (var measure = curScore.firstMeasure; measure; measure = measure.nextMeasure)
      measures.push(measure.firstSegment.tick);
    var before = curScore.firstMeasure.irregular ? 1 : 0;
    numBars = measures.length - before;
    firstBar = 1;
    lastBar = numBars;
    var cursor = curScore.newCursor();
    cursor.rewind(1);
    if (!cursor.segment) return;
    firstBar = Math.max(barAt(measures, cursor.tick) - before, 1);
    cursor.rewind(2);
    lastBar = cursor.tick === 0 ? numBars : Math.max(barAt(measures, cursor.tick - 1) - before, firstBar);
  }

  function barAt(measures, tick) {
    var bar = 0;
    for (var i = 0; i < measures.length; i++) if (measures[i] <= tick) bar = i + 1;
    return bar;
  }

  function python() {
    var windows = folder + "/.venv/Scripts/python.exe";
    probe.source = windows;
    return probe.exists() ? windows : folder + "/.venv/bin/python";
  }

  // Run a command of Musegen; what it tells, or {error}.
  function ask(words) {
    var program = python();
    probe.source = program;
    if (!probe.exists()) return { error: "There is no Musegen in " + folder + "; start it there once, or write another folder." };
    var all = [folder + "/integrations/musescore/compose.py"].concat(words);
    if (typeof process.startWithArgs === "function") process.startWithArgs(program, all);
    else process.start('"' + [program].concat(all).join('" "') + '"');
    if (!process.waitForFinished(300000)) return { error: "Musegen did not answer." };
    try {
      return JSON.parse(String(process.readAllStandardOutput()));
    } catch (error) {
      return { error: "Musegen did not answer; start it once by itself to see whether it runs." };
    }
  }

  function readStyles() {
    var told = ask(["styles", "--json"]);
    if (told.error) {
      said = told.error;
      return;
    }
    var found = told.styles || told;
    var names = [];
    for (var i = 0; i < found.length; i++) names.push({ id: found[i].style_id || found[i].id, title: found[i].title });
    styles = names;
    if (style === "" && names.length) style = names[0].id;
    said = "";
  }

  // Compose what is selected again ("regenerate"), or go on after it ("extend"), and open what comes.
  function compose(action) {
    var base = probe.tempPath() + "/musegen-musescore";
    if (!writeScore(curScore, base, "musicxml")) {
      said = "The score could not be written to " + base + ".";
      return;
    }
    var words = [action, base + ".musicxml", "--style", style, "--out", probe.tempPath(), "--formats", "musicxml",
      "--random-seed", String(Math.floor(Math.random() * 100000)), "--json"];
    if (action === "regenerate") words = words.concat(["--bars", firstBar + "-" + lastBar]);
    else {
      words = words.concat(["--to", String(lastBar + newBars)]);
      if (lastBar < numBars) words = words.concat(["--from-bar", String(lastBar + 1)]);
    }
    keep();
    var told = ask(words);
    if (told.error) {
      said = told.error;
      return;
    }
    result = told.takes[0].files.musicxml;
    readScore(result);
    said = told.takes[0].new_notes + " new notes, opened as another score.";
  }

  function start(action) {
    if (styles.length === 0) {
      readStyles();
      if (styles.length === 0) return;
    }
    said = "Composing …";
    awaited = action;
    soon.start();
  }

  Rectangle {
    anchors.fill: parent
    color: "#fbfaf7"

    Column {
      anchors.fill: parent
      anchors.margins: 14
      spacing: 10

      Text { text: "Bars " + musegen.firstBar + " to " + musegen.lastBar + " of " + musegen.numBars; font.pixelSize: 16 }

      Flow {
        width: parent.width
        spacing: 6
        Repeater {
          model: musegen.styles
          Rectangle {
            width: label.width + 18
            height: 30
            radius: 15
            color: modelData.id === musegen.style ? "#f3d9cb" : "white"
            border.color: modelData.id === musegen.style ? "#b9471c" : "#b8b4ac"
            Text { id: label; anchors.centerIn: parent; text: modelData.title }
            MouseArea { anchors.fill: parent; onClicked: musegen.style = modelData.id }
          }
        }
      }

      Row {
        spacing: 8
        Repeater {
          model: [{ action: "regenerate", words: "Compose these bars again" },
                  { action: "extend", words: "Go on after them" }]
          Rectangle {
            width: words.width + 26
            height: 38
            radius: 6
            color: "#b9471c"
            Text { id: words; anchors.centerIn: parent; text: modelData.words; color: "white" }
            MouseArea { anchors.fill: parent; onClicked: musegen.start(modelData.action) }
          }
        }
      }

      Text { text: "Folder of Musegen"; color: "#6b675f" }
      Rectangle {
        width: parent.width
        height: 30
        border.color: "#b8b4ac"
        TextInput {
          anchors.fill: parent
          anchors.margins: 6
          clip: true
          text: musegen.folder
          onEditingFinished: {
            if (text === musegen.folder) return;
            musegen.folder = text;
            musegen.keep();
            musegen.readStyles();
          }
        }
      }
      Text { width: parent.width; wrapMode: Text.WordWrap; text: musegen.said }
    }
  }
}
