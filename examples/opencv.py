"""An OpenCV script with one line swapped: python examples/opencv.py street.mp4"""

import sys

import cv2

import stillplate

capture = cv2.VideoCapture(sys.argv[1])
# subtractor = cv2.createBackgroundSubtractorMOG2()
subtractor = stillplate.BackgroundSubtractor(stillplate.fit(sys.argv[1]))
while True:
    more, frame = capture.read()
    if not more:
        break
    print(cv2.countNonZero(subtractor.apply(frame)))
