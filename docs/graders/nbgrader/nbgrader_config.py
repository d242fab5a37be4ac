c = get_config()  # noqa: F821
c.CourseDirectory.course_id = "stepgrade"
c.ExecutePreprocessor.timeout = 60  # seconds for a cell
